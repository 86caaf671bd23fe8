-- Forgets a job that is done: 1, or 0 if it is not out.
--
-- KEYS[1]  the jobs that are out: a sorted set by the end of their time
-- ARGV[1]  the job
return redis.call("ZREM", KEYS[1], ARGV[1])
