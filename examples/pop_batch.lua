-- Takes up to so many items from the front of a list in one step.
--
-- KEYS[1]  the list
-- ARGV[1]  how many
local count = tonumber(ARGV[1])
local items = redis.call("LRANGE", KEYS[1], 0, count - 1)
redis.call("LTRIM", KEYS[1], count, -1)
return items
