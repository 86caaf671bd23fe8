-- Lets at most so many requests pass in a window, which begins with the first: 1 if this one may, else 0.
--
-- KEYS[1]  the counter of one client
-- ARGV[1]  how many may pass
-- ARGV[2]  the length of the window, milliseconds
local count = tonumber(redis.call("GET", KEYS[1]) or 0)
if count >= tonumber(ARGV[1]) then
  return 0
end
if count == 0 then
  -- The counter and the end of its life in one write: there is none without the other.
  redis.call("SET", KEYS[1], 1, "PX", ARGV[2])
else
  redis.call("INCR", KEYS[1])
end
return 1
