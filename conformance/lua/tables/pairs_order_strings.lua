local function dump(t) local r = {} for k, v in pairs(t) do r[#r + 1] = tostring(k) .. "=" .. tostring(v) end print(table.concat(r, " ")) end
dump {a = 1, b = 2, c = 3}
dump {c = 3, b = 2, a = 1}
dump {name = "x", age = 1, id = 2, key = 3, value = 4}
local t = {} for c in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do t[c] = #c end dump(t)
t = {} for i = 1, 30 do t["key" .. i] = i end dump(t)
for i = 1, 30, 2 do t["key" .. i] = nil end dump(t)
for i = 31, 40 do t["new" .. i] = i end dump(t)
t = {} for i = 65, 90 do t[string.char(i)] = i end dump(t)
t = {} for i = 65, 90 do t[string.char(i):rep(40)] = i end local n = {} for k, v in pairs(t) do n[#n + 1] = v end print(table.concat(n, " "))
