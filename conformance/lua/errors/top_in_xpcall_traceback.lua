-- A traceback that a handler makes, and one at the top after it.
local function a() local t; t.x = 1 end local function b() a() end
print(xpcall(b, debug.traceback)) print(xpcall(b, function(m) return debug.traceback(m, 2) end)) print(xpcall(b, function(m) return debug.traceback("h: " .. m, 1) end))
local function c() return b() end
c()
