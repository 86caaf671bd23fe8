local a = ("x"):rep(100)
local b = ("x"):rep(50) .. ("x"):rep(50)
local t = {[a] = 1}
print(t[b], a == b, rawequal(a, b), #a)
t[b] = 2
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t[a])
t[("y"):rep(1000)] = "long"
print(t[("y"):rep(500) .. ("y"):rep(500)])
print(t[("y"):rep(999)])
