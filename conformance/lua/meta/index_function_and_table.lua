local log = {}
local t = setmetatable({own = 1}, {__index = function(t, k) log[#log + 1] = tostring(k) return k .. "!" end})
print(t.own, t.other, t[1] == nil and "nil" or t[1], rawget(t, "other")) print(table.concat(log, " "))
local base = {x = 1, f = function(self) return self.y end}
local d = setmetatable({y = 2}, {__index = base}) print(d.x, d:f(), d.z)
local dd = setmetatable({}, {__index = d}) print(dd.x, dd.y, dd:f(), dd.z)
base.z = "late" print(dd.z)
print(setmetatable({}, {__index = string}).format("%d", 3))
local v = setmetatable({}, {__index = function(...) return select("#", ...), "second" end}) print(v.x, (v.x))
