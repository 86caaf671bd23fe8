-- Lets at most so many requests pass in the time up to now: 1 and how many more may, or 0 and the
-- milliseconds until one may.
--
-- KEYS[1]  the requests of one client that have passed: a sorted set by their time
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the length of the window, milliseconds
-- ARGV[3]  how many may pass
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - window)
local count = redis.call("ZCARD", KEYS[1])
if count >= limit then
  local oldest = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
  return { 0, oldest[2] + window - now }
end
-- Requests of one millisecond are one member, and count once.
redis.call("ZADD", KEYS[1], now, now)
redis.call("PEXPIRE", KEYS[1], window)
return { 1, limit - count - 1 }
