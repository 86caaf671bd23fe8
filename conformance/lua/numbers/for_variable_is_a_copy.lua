for i = 1, 3 do local j = i i = i * 10 print(j, i) end
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
local n = 3
for i = 1, n do n = 1 print(i, n) end
for i = 3, 1, -1 do io.write(i, " ") end print()
