-- Sums the numbers stored at any number of keys. A missing key counts as zero.
--
-- KEYS     the keys
local sum = 0
for _, key in ipairs(KEYS) do
  sum = sum + (tonumber(redis.call("GET", key)) or 0)
end
return sum
