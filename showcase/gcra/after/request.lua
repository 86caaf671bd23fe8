-- Lets a request pass, if it may: the milliseconds that it has to wait, 0 if it has passed.
--
-- KEYS[1]  when the requests of one client that have passed would have come at the steady rate
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the milliseconds between two requests at the steady rate
-- ARGV[3]  how many may come at once
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(now, tonumber(redis.call("GET", KEYS[1]) or now))
local wait = due - (burst - 1) * interval - now
if wait > 0 then
  return wait
end
redis.call("SET", KEYS[1], due + interval, "PX", due + interval - now)
return 0
