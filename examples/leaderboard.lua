-- Adds points to a player and returns the five best players with their points, best first.
--
-- KEYS[1]  the leaderboard
-- ARGV[1]  the points
-- ARGV[2]  the player
redis.call("ZINCRBY", KEYS[1], ARGV[1], ARGV[2])
return redis.call("ZREVRANGE", KEYS[1], 0, 4, "WITHSCORES")
