-- How many milliseconds a request has to wait: 0 if it may pass now.
--
-- KEYS[1]  when the requests of one client that have passed would have come at the steady rate
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the milliseconds between two requests at the steady rate
-- ARGV[3]  how many may come at once
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(now, tonumber(redis.call("GET", KEYS[1]) or now))
return math.max(0, due - (burst - 1) * interval - now)
