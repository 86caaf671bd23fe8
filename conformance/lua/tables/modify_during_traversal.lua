local t = {} for i = 1, 10 do t[i] = i t["s" .. i] = i end
local n = 0
for k, v in pairs(t) do t[k] = v * 2 n = n + 1 end print(n)
n = 0 for k in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t))
t = {1, 2, 3, 4, 5}
for i, v in ipairs(t) do if i < 3 then t[#t + 1] = v * 10 end end print(table.concat(t, " "))
for i, v in ipairs(t) do if v == 3 then table.remove(t, i) end end print(table.concat(t, " "))
