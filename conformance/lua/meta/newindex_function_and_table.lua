local store = {}
local t = setmetatable({}, {__newindex = store}) t.a = 1 print(rawget(t, "a"), store.a)
t = setmetatable({b = 1}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.a = 5 t.b = 5 t.a = 6 print(t.a, t.b)
t.b = nil t.b = 7 print(t.b)
local ro = setmetatable({}, {__newindex = function(_, k) error("read-only: " .. tostring(k), 2) end}) print(pcall(function() ro.x = 1 end))
t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v) end}) t[1], t[2], t[3] = 1, 2, 3 print(#t)
t = setmetatable({}, {__newindex = setmetatable({}, {__newindex = function(_, k, v) print("deep", k, v) end})}) t.x = 1
print(rawset(t, "x", 2) == t, t.x)
