local t = {10, 20, 30, x = "X"}
local k, v = next(t) while k do print(k, v) k, v = next(t, k) end
print(next({})) print(next({}, nil)) print(pcall(next, {}, 1)) print(pcall(next, t, "missing"))
print(next(t, 1), next(t, 3)) print(next(t, "x"))
print(rawequal(next, (pairs(t))), type((ipairs(t))))
local p, s, c = pairs(t) print(s == t, c) p, s, c = ipairs(t) print(s == t, c)
for k, v in next, t do io.write(tostring(k), " ") end print()
for i, v in ipairs {1, 2, nil, 4} do io.write(i, " ") end print()
for i, v in ipairs(setmetatable({}, {__index = function(_, i) if i < 4 then return i * i end end})) do io.write(i, ":", v, " ") end print()
