-- Sums 100 keys that one command reads.
-- keys: number:{1-100}
-- setup 100: SET number:{n} {n}
-- calls: 300
local sum, values = 0, redis.call("MGET", unpack(KEYS))
for i = 1, #values do
  sum = sum + tonumber(values[i])
end
return sum
