local function dump(t) local r = {} for k, v in pairs(t) do r[#r + 1] = tostring(k) .. "=" .. tostring(v) end print(table.concat(r, " ")) end
dump {1, 2, 3, a = 1, b = 2, [10] = 10, [1.5] = "x", [true] = "t", [false] = "f", [-1] = "neg"}
dump {[3] = "c", [1] = "a", [2] = "b"}
dump {[1] = "a", "b"}
dump {"x", [1] = "y"}
local t = {} for i = -10, 10 do t[i] = i end dump(t)
t = {} for i = 1, 100, 7 do t[i] = i end dump(t)
t = {} for i = 0, 1, 0.1 do t[i] = 1 end dump(t)
t = {} for i = 1, 20 do t[i * 1000] = i end dump(t)
t = {} for i = 1, 10 do t[2 ^ i] = i t["s" .. i] = i end dump(t)
t = {} for i = 100, 1, -1 do t[i] = i end local s = 0 for k in pairs(t) do s = s * 31 % 1000003 + k end print(s)
dump {[1e300] = 1, [-1e300] = 2, [1e-300] = 3, [0.1] = 4, [2 ^ 53] = 5, [1 / 0] = 6, [-1 / 0] = 7}
