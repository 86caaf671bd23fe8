-- Shaped like a Redis script: a job queue that packs, moves and reads jobs by key.
local lists, hashes, zset = {}, {}, {}
local function rpush(key, v)
  local l = lists[key]
  if not l then
    l = {}
    lists[key] = l
  end
  table.insert(l, v)
  return #l
end
local function lpop(key)
  local l = lists[key]
  if l and l[1] then
    return table.remove(l, 1)
  end
  return false
end
local function hmset(key, ...)
  local h = hashes[key]
  if not h then
    h = {}
    hashes[key] = h
  end
  local args = { ... }
  for i = 1, #args, 2 do
    h[args[i]] = args[i + 1]
  end
end
local function hgetall(key)
  local reply = {}
  for k, v in pairs(hashes[key] or {}) do
    reply[#reply + 1] = k
    reply[#reply + 1] = v
  end
  return reply
end
local done, failed, checksum = 0, 0, 0
for i = 1, 50000 do
  local id = "job:" .. i
  hmset(id, "state", "waiting", "tries", "0", "data", "payload-" .. i % 13)
  rpush("queue", id)
  if i % 3 == 0 then
    rpush("queue", id .. ":again")
  end
  if i % 2 == 0 then
    for _ = 1, 2 do
      local job = lpop("queue")
      if job then
        local fields = hgetall(job)
        local map = {}
        for n = 1, #fields, 2 do
          map[fields[n]] = fields[n + 1]
        end
        if map.data and #map.data % 2 == 0 then
          done = done + 1
          hashes[job] = nil
        else
          failed = failed + 1
          hmset(job, "state", "failed", "tries", tostring((tonumber(map.tries) or 0) + 1))
          zset[job] = i
        end
        checksum = (checksum * 31 + #job + (map.data and map.data:byte(-1) or 0)) % 1000003
      end
    end
  end
  while #(lists.queue) > 50 do
    table.remove(lists.queue)
  end
end
print(done, failed, checksum)
