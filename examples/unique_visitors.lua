-- Counts visits and visitors of a day. Returns both.
--
-- KEYS[1]  the visits: a counter
-- KEYS[2]  the visitors: a set
-- ARGV[1]  the visitor
-- ARGV[2]  the Unix time at which the day's numbers may go
local visits = redis.call("INCR", KEYS[1])
redis.call("SADD", KEYS[2], ARGV[1])
for _, key in ipairs(KEYS) do
  redis.call("EXPIREAT", key, ARGV[2])
end
return { visits, redis.call("SCARD", KEYS[2]) }
