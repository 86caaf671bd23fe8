-- Releases a lock, but only if the caller still holds it. Returns 1 if it did.
--
-- KEYS[1]  the lock
-- ARGV[1]  the token that the lock was taken with
if redis.call("GET", KEYS[1]) == ARGV[1] then
  return redis.call("DEL", KEYS[1])
else
  return 0
end
