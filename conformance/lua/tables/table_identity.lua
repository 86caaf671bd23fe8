local a, b = {}, {}
print(a == a, a == b, a ~= b, rawequal(a, a), rawequal(a, b))
local t = {[a] = "A", [b] = "B"} print(t[a], t[b], t[{}])
t[a] = nil print(t[a], t[b])
local f = function() end t[f] = "F" print(t[f], t[function() end]) t[print] = "P" print(t[print])
local co = coroutine.create(f) t[co] = "CO" print(t[co]) t[true] = 1 t[false] = 0 print(t[true], t[false])
