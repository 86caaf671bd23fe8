local function counter() local n = 0 return function() n = n + 1 return n end, function() n = 0 end end
local inc, reset = counter() print(inc(), inc(), inc()) reset() print(inc())
local fs = {} for i = 1, 5 do local j = i * 10 fs[i] = function() j = j + 1 return i, j end end for i = 1, 5 do print(fs[i]()) end print(fs[2]())
local t = {} for k, v in pairs {a = 1} do t[1] = function() return k, v end end print(t[1]())
local function outer() local x = 1 local function mid() local function inner() x = x + 1 return x end return inner end return mid(), function() return x end end local i, g = outer() i() i() print(g())
local a = {} local x = 20 for i = 1, 10 do local y = 0 a[i] = function() y = y + 1 return x + y end end print(a[1](), a[1](), a[2]()) x = 100 print(a[1]())
do local f repeat local z = 5 f = function() return z end until z == 5 print(f()) end
local w = 1 while w < 3 do local c = w fs[w] = function() c = c + 1 return c end w = w + 1 end print(fs[1](), fs[1](), fs[2]())
