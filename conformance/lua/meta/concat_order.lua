local log = {}
local mt = {__concat = function(a, b) local function n(x) return type(x) == "table" and x.n or tostring(x) end local r = "(" .. n(a) .. n(b) .. ")" log[#log + 1] = r return r end}
local function o(n) return setmetatable({n = n}, mt) end
print(o "a" .. o "b" .. o "c") print(table.concat(log, " ")) log = {}
print("x" .. o "a" .. "y" .. "z") print(table.concat(log, " ")) log = {}
print(1 .. 2 .. o "a" .. 3 .. 4) print(table.concat(log, " "))
local keep = setmetatable({}, {__concat = function(a, b) return setmetatable({}, getmetatable(type(a) == "table" and a or b)) end}) print(type("a" .. keep .. "b" .. "c"))
