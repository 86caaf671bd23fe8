-- table.insert, remove, concat, ipairs and # on growing and shrinking arrays.
local insert, remove = table.insert, table.remove
local sum = 0
for round = 1, 30 do
  local stack = {}
  for i = 1, 10000 do
    insert(stack, i)
  end
  for i, v in ipairs(stack) do
    sum = sum + v - i
  end
  for i = 1, 9000 do
    sum = sum + remove(stack)
  end
  for i = 1, 200 do
    insert(stack, 1, i)
  end
  for i = 1, 200 do
    sum = sum + remove(stack, 1)
  end
  for i = 1, 10000 do
    stack[#stack + 1] = i
  end
  sum = sum + #table.concat(stack, ",")
end
print(sum)
