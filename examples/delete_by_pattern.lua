-- Deletes the keys that match a pattern, and returns how many there were. It touches keys that are not
-- in KEYS, so it is for one server, not for a cluster.
--
-- ARGV[1]  the pattern, as for KEYS
local deleted = 0
local cursor = "0"
repeat
  -- evalua: allow(walk-of-all-keys)
  local page = redis.call("SCAN", cursor, "MATCH", ARGV[1], "COUNT", 100)
  cursor = page[1]
  if #page[2] > 0 then
    deleted = deleted + redis.call("DEL", unpack(page[2]))
  end
until cursor == "0"
return deleted
