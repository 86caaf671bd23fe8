-- Tracebacks of coroutines in every state.
local function inner() coroutine.yield("here") local x = nil; x.y = 1 end
local function outer() inner() return 1 end
local co = coroutine.create(outer)
print(debug.traceback(co)) coroutine.resume(co) print(debug.traceback(co)) print(debug.traceback(co, "msg")) print(debug.traceback(co, nil)) print(debug.traceback(co, "msg", 1)) print(debug.traceback(co, "m", 5))
print(coroutine.resume(co)) print(debug.traceback(co)) print(debug.traceback(co, "dead", 0)) print(debug.traceback(co, "dead", 1))
local co = coroutine.create(function() return inner() end) coroutine.resume(co) print(debug.traceback(co)) 
local co = coroutine.create(function() return (function() return inner() end)() end) coroutine.resume(co) print(debug.traceback(co))
local co = coroutine.create(function() table.sort({2, 1}, function() error("in sort") end) end) print(coroutine.resume(co)) print(debug.traceback(co))
local co = coroutine.create(function() string.rep() end) print(coroutine.resume(co)) print(debug.traceback(co))
local co = coroutine.create(function() error("e", 0) end) print(coroutine.resume(co)) print(debug.traceback(co))
local co = coroutine.create(function() setmetatable({}, {__index = function() error("idx") end}).x = setmetatable({}, {__index = function() error("idx") end}).y end) print(coroutine.resume(co)) print(debug.traceback(co))
local co co = coroutine.create(function() print(debug.traceback(co)) print(debug.traceback("same")) print(debug.traceback(coroutine.running(), "running")) end) coroutine.resume(co)
local function rec(n) if n == 0 then coroutine.yield() end rec(n - 1) return n end
local co = coroutine.create(rec) coroutine.resume(co, 60) print(debug.traceback(co)) print(debug.traceback(co, "level", 40))
for i = 1, 3 do local co = coroutine.create(rec) coroutine.resume(co, 20 + i) print(debug.traceback(co, i)) end
print(debug.traceback({}) == nil, type(debug.traceback({})), debug.traceback(true), debug.traceback(nil)) print(pcall(debug.traceback, "x", {})) print(debug.traceback(12)) print(debug.traceback("x", 99))
coroutine.wrap(function() coroutine.wrap(function() print(debug.traceback("nested")) end)() end)()
local co = coroutine.create(function() local a, b = 1, 2 coroutine.yield() end) coroutine.resume(co)
print(debug.getlocal(co, 1, 1)) print(debug.getlocal(co, 1, 2)) print(debug.getlocal(co, 1, 3)) print(debug.setlocal(co, 1, 1, "new"), debug.getlocal(co, 1, 1)) print(pcall(debug.getlocal, co, 5, 1)) print(debug.getinfo(co, 5)) print(debug.getinfo(co, 1, "l").currentline) print(debug.getinfo(co, 0, "S").what)
print(pcall(debug.traceback, "x", "y")) print(pcall(debug.traceback, "x", 1, "zz")) print(pcall(debug.traceback, "x", nil, "zz")) print(pcall(debug.traceback, 5, "a", "zz", "yy")) print(pcall(debug.traceback, "x", 1, {})) print(pcall(debug.traceback, "x", 1, {}, print))
print(pcall(debug.traceback, coroutine.create(function() end), "x", 1, 2, 3))
