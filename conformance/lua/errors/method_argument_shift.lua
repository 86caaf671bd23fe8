-- A method call does not count self among the arguments.
local function e(f, ...) print(select(2, pcall(f, ...))) end
e(function() ("x"):rep() end)
e(function() ("x"):rep({}) end)
e(function() ("x"):sub() end)
e(function() ("x").sub() end)
e(function() local s = string; s.rep() end)
e(function() local rep = string.rep; rep() end)
e(function() local t = {rep = string.rep} t.rep("x") end)
e(function() local t = {rep = string.rep} t:rep("x") end)
e(function() local t = {rep = string.rep} t:rep(1) end)
e(function() string.rep("x") end)
e(function() return string.rep("x") end)
e(function() return (string.rep("x")) end)
foo = string.rep
e(function() foo("x") end)
e(foo, "x")
local coroutine_wrap = coroutine.wrap(function() string.rep() end)
e(coroutine_wrap)
