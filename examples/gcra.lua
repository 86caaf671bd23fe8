-- Rate limiter that stores one number: the time at which the client's requests would be used up if
-- they had come evenly (the generic cell rate algorithm). Returns whether the request may pass, and the
-- milliseconds to wait if not.
--
-- KEYS[1]  the number of one client
-- ARGV[1]  the milliseconds between two requests at the steady rate
-- ARGV[2]  how many requests may come at once
local interval = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local due = math.max(now, tonumber(redis.call("GET", KEYS[1]) or now))
local allow_at = due + interval - burst * interval
if now < allow_at then
  return { 0, allow_at - now }
end
redis.call("SET", KEYS[1], string.format("%.0f", due + interval), "PX", due + interval - now)
return { 1, 0 }
