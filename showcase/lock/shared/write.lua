-- Writes what the lock guards, for one who has it. 1, or 0 if one with a later token has written already.
--
-- KEYS[1]  what is guarded: a hash
-- ARGV[1]  the token
-- ARGV[2]  what to write
local token = tonumber(ARGV[1])
if token < tonumber(redis.call("HGET", KEYS[1], "token") or 0) then
  return 0
end
redis.call("HSET", KEYS[1], "token", token, "text", ARGV[2])
return 1
