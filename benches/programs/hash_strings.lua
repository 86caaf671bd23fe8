-- Tables with string keys: a word count, membership, deletion, traversal.
local seed = 99
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n
end
local words = {}
for i = 1, 20000 do
  words[i] = "w" .. random(8000)
end
local sum = 0
for round = 1, 60 do
  local counts = {}
  for i = 1, #words do
    local w = words[i]
    counts[w] = (counts[w] or 0) + 1
  end
  local distinct = 0
  for w, n in pairs(counts) do
    distinct = distinct + 1
    sum = sum + n
  end
  for i = 1, #words, 3 do
    counts[words[i]] = nil
  end
  for i = 1, #words do
    if counts[words[i]] then
      sum = sum + 1
    end
  end
  sum = sum + distinct
end
print(sum)
