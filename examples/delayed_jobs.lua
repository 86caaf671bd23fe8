-- Takes the jobs that are due from a schedule, oldest first, and puts them into a queue. Returns how
-- many it moved.
--
-- KEYS[1]  the schedule: a sorted set of jobs by the Unix time at which they are due
-- KEYS[2]  the queue: a list
-- ARGV[1]  how many to move at most
local now = redis.call("TIME")[1]
local due = redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", now, "LIMIT", 0, ARGV[1])
for _, job in ipairs(due) do
  redis.call("ZREM", KEYS[1], job)
  redis.call("RPUSH", KEYS[2], job)
end
return #due
