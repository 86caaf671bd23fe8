-- Gives a lock back, whoever has it by now.
--
-- KEYS[1]  the lock
redis.call("HSET", KEYS[1], "until", 0)
return 1
