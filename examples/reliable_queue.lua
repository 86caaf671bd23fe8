-- Hands the next job of a queue to a worker and remembers that it is being worked on, so that it is not
-- lost if the worker dies: jobs that have been out for too long go back to the front first.
--
-- KEYS[1]  the queue: a list, next job on the right
-- KEYS[2]  the jobs that are out: a sorted set by the Unix time at which they count as lost
-- ARGV[1]  how many seconds a worker has
local now = tonumber(redis.call("TIME")[1])
for _, job in ipairs(redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", now)) do
  redis.call("ZREM", KEYS[2], job)
  redis.call("RPUSH", KEYS[1], job)
end
local job = redis.call("RPOP", KEYS[1])
if job then
  redis.call("ZADD", KEYS[2], now + ARGV[1], job)
end
return job
