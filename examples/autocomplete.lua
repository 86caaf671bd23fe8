-- Completes what a user has typed from a sorted set of phrases that all have the score 0.
--
-- KEYS[1]  the phrases
-- ARGV[1]  the beginning
-- ARGV[2]  how many to return at most
return redis.call("ZRANGEBYLEX", KEYS[1], "[" .. ARGV[1], "(" .. ARGV[1] .. "\255", "LIMIT", 0, ARGV[2])
