-- Sums the numbers in a list and stores the sum. Returns it.
--
-- KEYS[1]  the list
-- KEYS[2]  where the sum goes
local sum = 0
for _, item in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  sum = sum + tonumber(item)
end
redis.call("SET", KEYS[2], sum)
return sum
