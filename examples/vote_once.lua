-- Counts a vote, one for each voter; a voter may change their mind. Returns the tally, field by field.
--
-- KEYS[1]  the votes: a hash from voter to choice
-- KEYS[2]  the tally: a hash from choice to count
-- ARGV[1]  the voter
-- ARGV[2]  the choice
local before = redis.call("HGET", KEYS[1], ARGV[1])
if before ~= ARGV[2] then
  if before then
    redis.call("HINCRBY", KEYS[2], before, -1)
  end
  redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
  redis.call("HINCRBY", KEYS[2], ARGV[2], 1)
end
return redis.call("HGETALL", KEYS[2])
