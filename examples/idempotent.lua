-- Remembers the outcome of a request by its idempotency key: the first caller stores it, later callers
-- get what the first stored. Returns whether the caller was first, and the outcome.
--
-- KEYS[1]  the idempotency key
-- ARGV[1]  the outcome
-- ARGV[2]  how many seconds to remember it
local earlier = redis.call("SET", KEYS[1], ARGV[1], "NX", "GET", "EX", ARGV[2])
if earlier then
  return { 0, earlier }
end
return { 1, ARGV[1] }
