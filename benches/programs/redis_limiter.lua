-- Shaped like a Redis script: a sliding-window rate limiter over a small keyspace in tables.
local store = {}
local redis = {}
local commands = {}
function commands.GET(key)
  return store[key] or false
end
function commands.SET(key, value)
  store[key] = tostring(value)
  return "OK"
end
function commands.INCRBY(key, by)
  local n = tonumber(store[key] or "0") + tonumber(by)
  store[key] = tostring(n)
  return n
end
function commands.HINCRBY(key, field, by)
  local h = store[key]
  if not h then
    h = {}
    store[key] = h
  end
  local n = tonumber(h[field] or "0") + by
  h[field] = tostring(n)
  return n
end
function commands.DEL(...)
  local n = 0
  for i = 1, select("#", ...) do
    local key = select(i, ...)
    if store[key] then
      store[key] = nil
      n = n + 1
    end
  end
  return n
end
function redis.call(name, ...)
  local command = commands[string.upper(name)]
  if not command then
    error("ERR unknown command '" .. name .. "'")
  end
  return command(...)
end
local function script(KEYS, ARGV)
  local window = tonumber(ARGV[2])
  local now = tonumber(ARGV[3])
  local slot = math.floor(now / window)
  local current = KEYS[1] .. ":" .. slot
  local previous = KEYS[1] .. ":" .. (slot - 1)
  local used = redis.call("incrby", current, 1)
  local before = tonumber(redis.call("get", previous) or 0) or 0
  redis.call("del", KEYS[1] .. ":" .. (slot - 2))
  local weight = 1 - (now % window) / window
  redis.call("hincrby", KEYS[2], "calls", 1)
  if before * weight + used > tonumber(ARGV[1]) then
    redis.call("hincrby", KEYS[2], "denied", 1)
    return { 0, string.format("%.2f", before * weight) }
  end
  return { 1, ARGV[1] - used }
end
local allowed, last = 0, nil
for i = 1, 50000 do
  local user = i % 100
  local reply = script({ "rate:{" .. user .. "}", "stats:{" .. user .. "}" }, { "100", "60", tostring(i / 50) })
  allowed = allowed + reply[1]
  last = reply[2]
end
print(allowed, last, store["stats:{7}"].calls, store["stats:{7}"].denied)
