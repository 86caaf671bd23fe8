local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return nest(n - 1) end)() end
print(nest(10), nest(100))
local depth = 0
local function forever() depth = depth + 1 return coroutine.wrap(forever)() end
local ok, m = pcall(forever) print(ok, m) print(depth)
