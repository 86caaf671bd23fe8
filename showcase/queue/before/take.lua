-- Hands the next job to a worker, for a time: the job, or nothing.
--
-- KEYS[1]  the jobs that wait: a list
-- KEYS[2]  the jobs that are out: a sorted set by the end of their time
-- ARGV[1]  now, milliseconds
-- ARGV[2]  for how many milliseconds
local job = redis.call("RPOP", KEYS[1])
if job then
  -- If this fails, the job is in neither place.
  redis.call("ZADD", KEYS[2], ARGV[1] + ARGV[2], job)
end
return job
