-- Forgets a job that is done: 1, or 0 if it has been handed to another since.
--
-- KEYS[1]  the jobs: a sorted set by the time from which on they may be taken
-- ARGV[1]  the job
-- ARGV[2]  the receipt
if redis.call("ZSCORE", KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
return redis.call("ZREM", KEYS[1], ARGV[1])
