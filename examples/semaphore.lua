-- Lets a number of workers in at once. A worker that dies gives its place back when its time is up.
-- Returns 1 if the worker is in, be it already, and 0 if it must wait.
--
-- KEYS[1]  the sorted set of workers that are in, by the second at which their place is free
-- ARGV[1]  how many places there are
-- ARGV[2]  the worker
-- ARGV[3]  how many seconds it may stay
local now = tonumber(redis.call("TIME")[1])
redis.call("ZREMRANGEBYSCORE", KEYS[1], 0, now)
local inside = redis.call("ZSCORE", KEYS[1], ARGV[2])
if not inside and redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[1]) then
  return 0
end
redis.call("ZADD", KEYS[1], now + ARGV[3], ARGV[2])
return 1
