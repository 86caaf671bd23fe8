-- Rate limiter with a token bucket in a hash; a request each millisecond.
-- keys: bucket
-- args: 100 50 1 1700000.{padded}
local capacity = tonumber(ARGV[1])
local rate = tonumber(ARGV[2])
local wanted = tonumber(ARGV[3])
local now = tonumber(ARGV[4])
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
