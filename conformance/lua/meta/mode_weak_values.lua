local t = setmetatable({}, {__mode = "v"})
t[1] = {} t[2] = "str" t[3] = 12 t.x = {} local keep = {} t.k = keep
collectgarbage() print(t[1], t[2], t[3], t.x, t.k == keep, #t >= 0)
local n = 0 for _ in pairs(t) do n = n + 1 end print(n)
