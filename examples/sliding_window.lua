-- Rate limiter with a sliding window: at most so many requests in the time up to now. Each request
-- that passed is a member of a sorted set with its time as score. Returns 1 and the requests left, or 0
-- and the milliseconds until one may pass.
--
-- KEYS[1]  the sorted set of one client
-- ARGV[1]  how many requests may pass in the window
-- ARGV[2]  the length of the window in milliseconds
-- ARGV[3]  a name for this request that is used once
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - window)
local count = redis.call("ZCARD", KEYS[1])
if count >= limit then
  local oldest = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
  return { 0, oldest[2] + window - now }
end
redis.call("ZADD", KEYS[1], now, ARGV[3])
redis.call("PEXPIRE", KEYS[1], window)
return { 1, limit - count - 1 }
