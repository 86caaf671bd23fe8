-- table.sort of numbers and of strings, with and without a comparison.
local seed = 42
local function random()
  seed = (seed * 16807) % 2147483647
  return seed
end
local numbers, names, records = {}, {}, {}
for i = 1, 60000 do
  numbers[i] = random() % 100000
end
for i = 1, 30000 do
  names[i] = "name" .. random() % 100000
  records[i] = { id = random() % 1000, name = names[i] }
end
table.sort(numbers)
table.sort(names)
table.sort(records, function(a, b)
  if a.id ~= b.id then
    return a.id < b.id
  end
  return a.name < b.name
end)
table.sort(numbers, function(a, b)
  return a > b
end)
print(numbers[1], numbers[#numbers], names[1], names[#names], records[1].name, records[#records].name)
