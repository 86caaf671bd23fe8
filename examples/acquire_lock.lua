-- Takes a lock for some time, and gives out a number that only grows with it: a fencing token, by
-- which the guarded resource can refuse a holder whose lock has expired. Returns the token, or nothing.
--
-- KEYS[1]  the lock
-- KEYS[2]  the counter of fencing tokens
-- ARGV[1]  who takes it
-- ARGV[2]  for how many milliseconds
if redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then
  return redis.call("INCR", KEYS[2])
end
return nil
