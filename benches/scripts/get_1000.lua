-- 1000 times GET of a short string.
-- keys: greeting
-- setup: SET greeting hello
-- calls: 20
local length = 0
for _ = 1, 1000 do
  length = length + #redis.call("GET", KEYS[1])
end
return length
