-- Functions with variable arguments: select, unpack, passing them on.
local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do
    total = total + (select(i, ...))
  end
  return total
end
local function pass(...)
  return ...
end
local function pack(...)
  return { n = select("#", ...), ... }
end
local total = 0
for i = 1, 300000 do
  total = total + sum(i, i + 1, i + 2, i + 3)
  local a, b, c = pass(pass(i, 2, 3))
  local t = pack(a, b, c, nil)
  total = total + t.n + t[1] + select("#", unpack(t, 1, t.n))
end
print(total)
