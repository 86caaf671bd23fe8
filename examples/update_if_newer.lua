-- Stores a record only if its version is newer than the stored one: messages that arrive late or twice
-- change nothing.
--
-- KEYS[1]  the record: a hash
-- ARGV[1]  the version, an integer
-- ARGV[2…] fields and values
local current = tonumber(redis.call("HGET", KEYS[1], "version")) or -1
local version = tonumber(ARGV[1])
if version <= current then
  return { "stale", current }
end
redis.call("HSET", KEYS[1], "version", version, unpack(ARGV, 2))
return { "stored", version }
