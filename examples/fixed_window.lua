-- Rate limiter with a fixed window: at most so many requests in each window, which starts with the
-- first request. Returns 1 if the request may pass and 0 if the limit is reached.
--
-- KEYS[1]  the counter of one client, such as user:123:requests
-- ARGV[1]  how many requests may pass in a window
-- ARGV[2]  the length of the window in seconds
local count = redis.call("INCR", KEYS[1])
if count == 1 then
  redis.call("EXPIRE", KEYS[1], ARGV[2])
end
if count > tonumber(ARGV[1]) then
  return 0
end
return 1
