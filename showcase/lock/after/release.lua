-- Gives a lock back: 1, or 0 if it is another's by now.
--
-- KEYS[1]  the lock
-- ARGV[1]  the token that it was taken with
if redis.call("HGET", KEYS[1], "token") ~= ARGV[1] then
  return 0
end
redis.call("HSET", KEYS[1], "until", 0)
return 1
