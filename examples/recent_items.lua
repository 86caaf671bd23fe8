-- Keeps the most recent items of a user and returns them, newest first. The list disappears when
-- nothing was added for a while.
--
-- KEYS[1]  the list
-- ARGV[1]  the new item
-- ARGV[2]  how many items to keep
-- ARGV[3]  seconds without a new item after which the list is forgotten
redis.call("LPUSH", KEYS[1], ARGV[1])
redis.call("LTRIM", KEYS[1], 0, ARGV[2] - 1)
redis.call("EXPIRE", KEYS[1], ARGV[3])
return redis.call("LRANGE", KEYS[1], 0, -1)
