local t = setmetatable({}, {__index = function(t, k) return k .. k end, __call = function(f, ...) return select("#", ...) end,
__newindex = rawset, __lt = function(a, b) return true end, __concat = function() return "c" end, __mode = "k"})
local p = newproxy(true) getmetatable(p).__gc = function(u) t[u] = 1 end p = nil
collectgarbage() t.x = t .. t print(t.y, t(1, 2), t < t, next(t)) 
