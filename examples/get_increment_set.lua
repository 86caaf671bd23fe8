-- Increments a counter the long way round: read, add, write. As one script it is as atomic as INCR.
--
-- KEYS[1]  the counter
local value = tonumber(redis.call("GET", KEYS[1]) or "0") + 1
redis.call("SET", KEYS[1], value)
return value
