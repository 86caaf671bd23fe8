-- 5.1 asks __len of userdata only.
print(#setmetatable({1, 2}, {__len = function() return 99 end}))
local u = newproxy(true) getmetatable(u).__len = function() return 42 end print(#u)
print(pcall(function() return #newproxy() end))
getmetatable(u).__index = function(_, k) return k .. "?" end print(u.foo, u[1])
getmetatable(u).__newindex = function(_, k, v) print("set", k, v) end u.x = 1
getmetatable(u).__call = function(_, a) return a end print(u(5))
getmetatable(u).__tostring = function() return "proxy!" end print(tostring(u), u)
getmetatable(u).__unm = function() return "neg" end print(-u)
getmetatable(u).__concat = function() return "cat" end print(u .. 1, 1 .. u)
local v = newproxy(u) print(getmetatable(v) == getmetatable(u), u == v, type(u))
print(pcall(newproxy, 1)) print(pcall(newproxy, {})) print(getmetatable(newproxy(false)), newproxy() == newproxy())
getmetatable(u).__lt = function() return true end print(u < v) getmetatable(u).__eq = function() return true end print(u == v)
