-- Which name an arithmetic error gives the operand.
local t = {}
local up = {}
glob = {}
local function e(f, ...) print(select(2, pcall(f, ...))) end
e(function() local a = {} return a + 1 end)
e(function() local a = {} return 1 + a end)
e(function() return up + 1 end)
e(function() return glob + 1 end)
e(function() return glob.x + 1 end)
e(function() return t.x.y end)
e(function() return t.x + t.y end)
e(function() return t[1] + 1 end)
e(function() return -t end)
e(function() return -nil end)
e(function() return -"abc" end)
e(function() return "abc" + 1 end)
e(function() return 1 + "abc" end)
e(function() return {} + {} end)
e(function() return t.x ^ 2 end)
e(function() return 2 ^ t.x end)
e(function() return t % 2 end)
e(function() return true * 2 end)
e(function() return nil / 2 end)
e(function(a) return a - 1 end)
e(function(a, b) return a - b end, 1)
e(function() local a = "x" return a * 2 end)
e(function() local a, b = 1 return a * b end)
