-- Moves an amount from one balance to another, if there is enough. Returns both new balances.
--
-- KEYS[1]  the balance to take from
-- KEYS[2]  the balance to add to
-- ARGV[1]  the amount, a positive integer
local amount = tonumber(ARGV[1])
if not amount or amount <= 0 or amount % 1 ~= 0 then
  return redis.error_reply("AMOUNT must be a positive integer")
end
local available = tonumber(redis.call("GET", KEYS[1]) or 0)
if available < amount then
  return redis.error_reply("FUNDS only " .. available .. " of " .. amount .. " available")
end
return {
  redis.call("DECRBY", KEYS[1], amount),
  redis.call("INCRBY", KEYS[2], amount),
}
