-- Pushes to a list, keeps ten items for an hour, and returns them.
-- keys: recent
-- args: item:{n} 10 3600
redis.call("LPUSH", KEYS[1], ARGV[1])
redis.call("LTRIM", KEYS[1], 0, ARGV[2] - 1)
redis.call("EXPIRE", KEYS[1], ARGV[3])
return redis.call("LRANGE", KEYS[1], 0, -1)
