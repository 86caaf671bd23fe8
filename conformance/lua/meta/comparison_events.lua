local log = {}
local mt = {__lt = function(a, b) log[#log + 1] = "lt" return a.v < b.v end, __le = function(a, b) log[#log + 1] = "le" return a.v <= b.v end, __eq = function(a, b) log[#log + 1] = "eq" return a.v == b.v end}
local function new(v) return setmetatable({v = v}, mt) end
local a, b = new(1), new(2)
print(a < b, a > b, a <= b, a >= b, a == b, a ~= b, a == new(1), a == a, rawequal(a, new(1))) print(table.concat(log, " "))
local mt2 = {__lt = function(a, b) return a.v < b.v end}
local c, d = setmetatable({v = 1}, mt2), setmetatable({v = 2}, mt2)
print(c < d, c <= d, d <= c, c >= d)
print(pcall(function() return c < a end)) print(pcall(function() return a < 1 end)) print(pcall(function() return a <= {} end))
print(a == 1, a == "x", a == nil)
local mt3 = {__eq = mt.__eq} local e1 = setmetatable({v = 1}, mt3) print(e1 == a, setmetatable({v = 1}, mt3) == e1)
print(setmetatable({}, {__eq = function() return 1 end}) == setmetatable({}, {__eq = function() return 1 end}))
local f = function() return "truthy" end local m = {__eq = f, __lt = f, __le = f} local x, y = setmetatable({}, m), setmetatable({}, m) print(x == y, x < y, x <= y, x ~= y)
