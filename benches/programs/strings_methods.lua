-- Methods of strings: sub, upper, rep, reverse, find and comparison.
local names = {}
for i = 1, 500 do
  names[i] = ("Name-%d-%s"):format(i * 7919 % 1000, ("xyz"):rep(i % 4))
end
local sum, less = 0, 0
for round = 1, 1200 do
  for i = 1, #names do
    local s = names[i]
    local head, tail = s:sub(1, 4), s:sub(5)
    if head:lower() == "name" and tail:upper() ~= tail then
      sum = sum + #tail
    end
    if s < names[i % 500 + 1] then
      less = less + 1
    end
    local at = s:find("-", 6, true)
    sum = sum + (at or 0) + s:len() + s:reverse():byte()
  end
end
print(sum, less)
