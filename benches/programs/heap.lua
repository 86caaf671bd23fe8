-- A large live heap that changes slowly: a cache of records with replacement.
local seed = 7
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end
local size = 25000
local cache, order = {}, {}
for i = 1, size do
  local key = "key" .. i
  cache[key] = { id = i, name = key, tags = { "a", "b", i } }
  order[i] = key
end
local sum = 0
for i = 1, 100000 do
  local at = random(size)
  local old = cache[order[at]]
  sum = sum + old.id + #old.tags
  cache[order[at]] = nil
  local key = "key" .. (size + i)
  cache[key] = { id = i, name = key, tags = { old.tags[3], "c", i } }
  order[at] = key
end
local left = 0
for _, record in pairs(cache) do
  left = left + record.id
end
print(sum, left)
