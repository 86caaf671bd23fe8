local depth = 0
local function f() depth = depth + 1 return 1 + f() end
local ok, m = pcall(f)
print(ok, m)
print(depth > 1000)
