local t = setmetatable({}, {__mode = "k"})
t[{}] = 1 t["s"] = 2 t[5] = 3 local k = {} t[k] = 4 t[function() end] = 5
collectgarbage() local n = 0 for _ in pairs(t) do n = n + 1 end print(n, t[k], t.s, t[5])
local kv = setmetatable({}, {__mode = "kv"}) kv[{}] = 1 kv[1] = {} kv[k] = k collectgarbage() n = 0 for _ in pairs(kv) do n = n + 1 end print(n)
