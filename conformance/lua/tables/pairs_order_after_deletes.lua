local function keys(t) local r = {} for k in pairs(t) do r[#r + 1] = tostring(k) end return table.concat(r, " ") end
local t = {}
for i = 1, 16 do t["k" .. i] = i end
for k in pairs(t) do if t[k] % 2 == 0 then t[k] = nil end end
print(keys(t))
for i = 1, 8 do t["n" .. i] = i end
print(keys(t))
for k in pairs(t) do t[k] = nil end
print(keys(t), next(t))
t.x = 1 print(keys(t))
for i = 1, 5 do t[i] = i end print(keys(t))
t[3] = nil t[5] = nil print(keys(t), #t)
t[6] = 6 t[7] = 7 t[8] = 8 t[9] = 9 print(keys(t), #t)
