-- The length of tables with holes after each step of many histories.
local seed = 42 local function rnd(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
for round = 1, 40 do local t, out = {}, {} for i = 1, 40 do local k = rnd(16) if rnd(2) == 1 then t[k] = i else t[k] = nil end out[i] = #t end print(round, table.concat(out, " ")) end
for n = 1, 33 do local t = {} for i = 1, n do t[i] = i end t[n] = nil local a = #t t[math.ceil(n / 2)] = nil local b = #t t[n + 1] = 1 local c = #t t[n] = 1 print(n, a, b, c, #t) end
print(#{1, 2, nil, 4}, #{1, nil, 3}, #{nil, 2}, #{nil, nil, 3}, #{nil}, #{n = 1}, #{1, 2, 3, nil, nil, nil}, #{nil, nil, nil, 4}, #{1, nil, nil, nil, 5}, #{1, nil, 3, nil, 5, nil, 7, nil}, #{[1] = 1, [2] = 2, [4] = 4}, #{[2] = 2}, #{1, [3] = 3}, #{1, 2, [4] = 4})
local function va(...) return #{...}, #{..., nil}, #{nil, ...}, #{1, ...} end print(va()) print(va(nil)) print(va(1, nil)) print(va(nil, 1)) print(va(1, nil, 3)) print(va(nil, nil, 3, nil))
local t = {1, 2, 3, 4, 5} t[3] = nil print(#t) t[5] = nil print(#t) t[4] = nil print(#t) local t = {1, 2, 3} t[5] = 5 print(#t) t[4] = 4 print(#t) t[6] = 6 t[7] = 7 t[8] = 8 t[9] = 9 print(#t) t[8] = nil print(#t) t[9] = nil print(#t)
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 print(#t) t[3] = 3 print(#t) local t = {} for i = 10, 1, -1 do t[i] = i io.write(#t, " ") end print() local t = {n = 0} for i = 1, 10 do t[i * i] = i io.write(#t, " ") end print()
