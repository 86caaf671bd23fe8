-- Tables whose keys are of all types: numbers, fractions, strings, booleans, tables, functions.
local objects = {}
for i = 1, 2000 do
  objects[i] = i % 2 == 0 and {} or function()
    return i
  end
end
local sum = 0
for round = 1, 60 do
  local t = { [true] = 1, [false] = 2 }
  for i = 1, 2000 do
    t[objects[i]] = i
    t[i + 0.5] = i
    t["s" .. i] = i
    t[i] = i
  end
  for i = 1, 2000 do
    sum = sum + t[objects[i]] + t[i + 0.5] + t["s" .. i] + t[i] + t[i % 2 == 0]
  end
  local count = 0
  for _ in pairs(t) do
    count = count + 1
  end
  sum = sum + count
end
print(sum)
