-- Adds an event to a log that keeps its newest entries, and returns how many it dropped.
--
-- KEYS[1]  the log: a sorted set by time
-- ARGV[1]  the time
-- ARGV[2]  the event
-- ARGV[3]  how many events to keep
redis.call("ZADD", KEYS[1], ARGV[1], ARGV[2])
return redis.call("ZREMRANGEBYRANK", KEYS[1], 0, -ARGV[3] - 1)
