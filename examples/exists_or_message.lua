-- Returns a value if its key exists, and a message for people if not.
--
-- KEYS[1]  the key
if redis.call("EXISTS", KEYS[1]) == 1 then
  return redis.call("GET", KEYS[1])
end
return "no value is stored at " .. KEYS[1]
