-- The same seed, the same numbers; ranges are kept.
math.randomseed(42)
local a = {}
for i = 1, 5 do a[i] = math.random(100) end
math.randomseed(42)
for i = 1, 5 do assert(a[i] == math.random(100)) end
for i = 1, 1000 do
  local x = math.random() assert(x >= 0 and x < 1)
  local y = math.random(6) assert(y >= 1 and y <= 6 and y % 1 == 0)
  local z = math.random(-3, 3) assert(z >= -3 and z <= 3)
end
print(math.random(5, 5), math.random(1))
print(pcall(math.random, 0)) print(pcall(math.random, 3, 2))
