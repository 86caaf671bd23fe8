local x = 1 do local x = x + 1 print(x) do local x = x + 1 print(x) end print(x) end print(x)
local function f() return x end local x = 5 print(f(), x) for x = 10, 10 do print(x) end print(x) local x, x = 7, 8 print(x)
repeat local inner = true until inner print(inner) local g = function(x, x) return x end print(g(1, 2)) for i = 1, 2 do local y = (y or 0) + i print(y) end y = "global" do local y = y print(y) end
local function rec(n) return n == 0 and "rec ok" or rec(n - 1) end print(rec(3)) local notrec = function(n) return n == 0 and "x" or notrec(n - 1) end print(pcall(notrec, 1))
if true then local z = 1 end print(z) while true do local q = 1 break end print(q)
