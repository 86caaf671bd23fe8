-- 1000 times INCR.
-- keys: counter
-- calls: 20
for _ = 1, 1000 do
  redis.call("INCR", KEYS[1])
end
return 1
