-- Rate limiter with a fixed window, which every request may pass.
-- keys: user:123:requests
-- args: 1000000000 3600
local count = redis.call("INCR", KEYS[1])
if count == 1 then
  redis.call("EXPIRE", KEYS[1], ARGV[2])
end
if count > tonumber(ARGV[1]) then
  return 0
end
return 1
