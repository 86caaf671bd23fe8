-- Gives one of 1000 players points and returns the five best with theirs.
-- keys: board
-- args: 5 player:{shuffled}
-- setup 1000: ZADD board {n} player:{n}
redis.call("ZINCRBY", KEYS[1], ARGV[1], ARGV[2])
return redis.call("ZREVRANGE", KEYS[1], 0, 4, "WITHSCORES")
