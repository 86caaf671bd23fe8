-- Takes a lock for a time, and gives out a number that grows each time: a fencing token, by which whatever
-- the lock guards can refuse one whose time is over. The token, or nothing if another has the lock.
--
-- KEYS[1]  the lock: a hash that stays, since it knows the last token
-- ARGV[1]  who takes it, for people who look
-- ARGV[2]  for how many milliseconds
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lock = redis.call("HMGET", KEYS[1], "token", "until")
if now < tonumber(lock[2] or 0) then
  return false
end
local token = tonumber(lock[1] or 0) + 1
redis.call("HSET", KEYS[1], "token", token, "owner", ARGV[1], "until", now + ARGV[2])
return token
