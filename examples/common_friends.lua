-- Returns the friends that two people have in common, sorted, and keeps the answer for some time.
--
-- KEYS[1]  the friends of one: a set
-- KEYS[2]  the friends of the other: a set
-- KEYS[3]  where the answer is kept: a set
-- ARGV[1]  for how many seconds
if redis.call("EXISTS", KEYS[3]) == 0 then
  if redis.call("SINTERSTORE", KEYS[3], KEYS[1], KEYS[2]) == 0 then
    return {}
  end
  redis.call("EXPIRE", KEYS[3], ARGV[1])
end
local friends = redis.call("SMEMBERS", KEYS[3])
table.sort(friends)
return friends
