-- Adds a job.
--
-- KEYS[1]  the jobs that wait: a list
-- ARGV[1]  the job
redis.call("LPUSH", KEYS[1], ARGV[1])
return 1
