-- Writes to and reads from an array: it grows, is filled again and summed.
local size = 1000000
local sum = 0
for round = 1, 6 do
  local array = {}
  for i = 1, size do
    array[i] = i * round
  end
  for i = 2, size do
    array[i] = array[i] + array[i - 1] % 3
  end
  for i = 1, size do
    sum = sum + array[i]
  end
end
print(sum)
