-- Rate limiter with a token bucket: requests take tokens, which come back at a steady rate up to the
-- bucket's capacity, so that bursts may pass. Returns 1 if the request may pass, and the whole tokens left.
--
-- KEYS[1]  the bucket of one client
-- ARGV[1]  the capacity
-- ARGV[2]  how many tokens come back in a second
-- ARGV[3]  how many tokens this request takes
local capacity = tonumber(ARGV[1])
local rate = tonumber(ARGV[2])
local wanted = tonumber(ARGV[3])
local time = redis.call("TIME")
local now = time[1] + time[2] / 1e6

local bucket = redis.call("HMGET", KEYS[1], "tokens", "updated")
local tokens = tonumber(bucket[1]) or capacity
local updated = tonumber(bucket[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - updated) * rate)

local allowed = 0
if tokens >= wanted then
  tokens = tokens - wanted
  allowed = 1
end
redis.call("HSET", KEYS[1], "tokens", tostring(tokens), "updated", string.format("%.6f", now))
redis.call("EXPIRE", KEYS[1], math.ceil(capacity / rate) + 1)
return { allowed, math.floor(tokens) }
