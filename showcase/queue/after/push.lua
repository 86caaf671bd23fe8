-- Adds a job: 1, or 0 if it is there already.
--
-- KEYS[1]  the jobs: a sorted set by the time from which on they may be taken
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the job
return redis.call("ZADD", KEYS[1], "NX", ARGV[1], ARGV[2])
