-- Gives a lock more time, if the caller still holds it.
--
-- KEYS[1]  the lock
-- ARGV[1]  who holds it
-- ARGV[2]  the milliseconds that it shall have from now
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return redis.error_reply("LOST the lock is not held by " .. ARGV[1])
end
redis.call("PEXPIRE", KEYS[1], ARGV[2])
return redis.status_reply("EXTENDED")
