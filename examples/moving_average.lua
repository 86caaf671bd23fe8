-- Adds a measurement and returns the average of the latest ones. As a string, because a number would
-- lose its fraction on the way.
--
-- KEYS[1]  the list of measurements
-- ARGV[1]  the measurement
-- ARGV[2]  over how many to average
redis.call("RPUSH", KEYS[1], ARGV[1])
redis.call("LTRIM", KEYS[1], -ARGV[2], -1)
local items = redis.call("LRANGE", KEYS[1], 0, -1)
local sum = 0
for i = 1, #items do
  sum = sum + items[i]
end
return tostring(sum / #items)
