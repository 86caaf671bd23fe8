local function f() return 1, 2, 3 end
print(#{f()}, #{f(), f()}, #{(f())}, #{f(), 10}, #{10, f()})
local t = {f(), x = 1, f()} print(#t, t.x, t[4])
t = {[f()] = "a", f = f, ["a b"] = 2, 1; 2; 3,} print(#t, t[1], t["a b"])
print(#{nil, nil}, #{...}, #{n = nil})
t = {1, 2, [2] = "x", [3] = "y"} print(t[2], t[3])
t = {a = {b = {c = {}}}} print(type(t.a.b.c))
local big = {} for i = 1, 60 do big[i] = tostring(i) end
print(#loadstring("return {" .. table.concat(big, ",") .. "}")(), #loadstring("return {" .. table.concat(big, ",") .. ",}")())
for i = 1, 600 do big[i] = tostring(i) end
t = loadstring("return {" .. table.concat(big, ";") .. "}")() print(#t, t[51], t[600])
local function g(...) return {...}, {..., 1}, {1, ...} end
local a, b, c = g(7, 8, 9) print(#a, #b, #c, b[1], b[2], c[4])
