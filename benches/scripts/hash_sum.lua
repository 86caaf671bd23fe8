-- Goes through a hash of 50 fields and sums their values.
-- keys: stock
-- setup 50: HSET stock field:{n} {n}
-- calls: 300
local sum, entries = 0, redis.call("HGETALL", KEYS[1])
for i = 2, #entries, 2 do
  sum = sum + tonumber(entries[i])
end
return sum
