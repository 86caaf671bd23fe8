local t = {}
for i = 1, 10 do t[i] = i end
t[1.0] = "one" t[2 ^ 53] = "big" t[-1] = "neg" t[1.5] = "half" t[0] = "zero"
print(t[1], t[2 ^ 53], t[-1], t[1.5], t[0], #t)
print(t[0.5 + 0.5], t[10 / 10], t[3 - 2])
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n)
print(next({[1] = 1}), next({[1.5] = 1}))
