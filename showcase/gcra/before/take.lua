-- Counts a request that passes. That it may is known from check.lua: but others have come in between.
--
-- KEYS[1]  when the requests of one client that have passed would have come at the steady rate
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the milliseconds between two requests at the steady rate
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(now, tonumber(redis.call("GET", KEYS[1]) or now)) + interval
redis.call("SET", KEYS[1], due, "PX", due - now)
