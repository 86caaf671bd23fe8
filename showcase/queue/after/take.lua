-- Hands the next job to a worker, for a time: the job and a receipt, or nothing. When the time is over, it
-- can be taken again.
--
-- KEYS[1]  the jobs: a sorted set by the time from which on they may be taken
-- ARGV[1]  now, milliseconds
-- ARGV[2]  for how many milliseconds
local job = redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", ARGV[1], "LIMIT", 0, 1)[1]
if not job then
  return false
end
-- It never leaves its place: one write makes it invisible for a time.
local receipt = ARGV[1] + ARGV[2]
redis.call("ZADD", KEYS[1], "XX", receipt, job)
return { job, receipt }
