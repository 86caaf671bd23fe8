-- Adds an amount to a counter and returns the new value.
--
-- KEYS[1]  the counter
-- ARGV[1]  the amount, a decimal integer
local amount = tonumber(ARGV[1])
if not amount then
  return redis.error_reply("ERR amount is not a number")
end
return redis.call("INCRBY", KEYS[1], amount)
