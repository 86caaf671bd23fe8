-- Sets a key only if it still has the value that the caller saw. Returns 1 if it did.
--
-- KEYS[1]  the key
-- ARGV[1]  the value that is expected
-- ARGV[2]  the value to store
if redis.call("GET", KEYS[1]) == ARGV[1] then
  redis.call("SET", KEYS[1], ARGV[2])
  return 1
end
return 0
