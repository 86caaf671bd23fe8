-- Puts jobs back whose time is over: how many.
--
-- KEYS[1]  the jobs that wait: a list
-- KEYS[2]  the jobs that are out: a sorted set by the end of their time
-- ARGV[1]  now, milliseconds
local late = redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", ARGV[1])
redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", ARGV[1])
for _, job in ipairs(late) do
  redis.call("RPUSH", KEYS[1], job)
end
return #late
