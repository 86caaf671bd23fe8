-- Tables with sparse and negative integer keys.
local sum = 0
for round = 1, 30 do
  local t = {}
  for i = 1, 30000 do
    t[i * 17 - 100000] = i
    t[i * 1024] = -i
  end
  for i = 1, 30000 do
    local a = t[i * 17 - 100000]
    local b = t[i * 1024]
    if a and b then
      sum = sum + a - b
    end
    t[i * 1024] = nil
  end
  for k, v in pairs(t) do
    sum = sum + k % 7 + v
  end
end
print(sum)
