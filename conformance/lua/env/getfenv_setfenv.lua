local function f() return x end
x = "global" print(f()) setfenv(f, {x = "own"}) print(f()) print(getfenv(f).x, getfenv(1) == _G, getfenv(0) == _G, getfenv() == _G, getfenv(print) == _G)
local function g() setfenv(1, {print = print, y = "inner"}) print(y) y = "set" print(y) end g() print(y)
local function outer() local function inner() return v end return inner end
setfenv(outer, {v = "inherited"}) print(outer()()) 
print(setfenv(f, _G) == f) print(pcall(setfenv, print, {})) print(pcall(setfenv, 50, {})) print(pcall(setfenv, f, nil)) print(pcall(getfenv, -1)) print(pcall(getfenv, 50))
local env = setmetatable({}, {__index = _G}) local chunk = loadstring("z = 1 return z, type(print)") setfenv(chunk, env) print(chunk()) print(z, env.z)
local function level() return getfenv(2) end setfenv(f, _G) print((function() setfenv(1, {level = level, id = "e"}) return level().id end)())
