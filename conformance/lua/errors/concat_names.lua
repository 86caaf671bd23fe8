-- Which operand a failed concatenation names.
local t = {}
local up
local function e(f, ...) print(select(2, pcall(f, ...))) end
e(function() return "a" .. nil end)
e(function() return nil .. "a" end)
e(function() return "a" .. {} end)
e(function() return t .. "a" end)
e(function() return t.x .. "a" end)
e(function() return "a" .. t.x end)
e(function() return "a" .. "b" .. t.x .. "c" end)
e(function() return t.x .. t.y end)
e(function() return up .. "x" end)
e(function() return 1 .. true end)
e(function() local a = true return a .. 1 end)
e(function() local a, b = 1, {} return a .. b end)
e(function() local a, b = {}, 1 return a .. b end)
e(function() return "x" .. print end)
e(function() return 1 .. 2 .. nil end)
e(function() return nope .. 1 end)
