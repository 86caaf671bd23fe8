-- A metamethod added later is seen.
local mt = {} local t = setmetatable({}, mt) print(t.x, pcall(function() return t + 1 end))
mt.__index = function() return "now" end print(t.x) mt.__index = nil print(t.x) mt.__add = function() return "sum" end print(t + 1) mt.__add = nil print(pcall(function() return t + 1 end))
mt.__newindex = function(t, k, v) rawset(t, k, v + 1) end t.a = 1 print(t.a) mt.__newindex = nil t.b = 1 print(t.b)
mt.__eq = function() return true end print(t == setmetatable({}, mt)) mt.__eq = nil print(t == setmetatable({}, mt))
mt.__call = function() return "called" end print(t()) mt.__call = nil print(pcall(t))
rawset(mt, "__index", {y = "raw"}) print(t.y) mt.__index.y = "changed" print(t.y) setmetatable(mt, {__index = {__add = function() return "not seen" end}}) print(pcall(function() return t + 1 end))
