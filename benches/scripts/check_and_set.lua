-- Sets a key if it holds what the caller expects, as it does.
-- keys: state
-- args: draft draft
-- setup: SET state draft
if redis.call("GET", KEYS[1]) == ARGV[1] then
  redis.call("SET", KEYS[1], ARGV[2])
  return 1
end
return 0
