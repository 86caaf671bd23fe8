-- Resuming what cannot be resumed; running and status from everywhere.
local r, s = coroutine.resume, coroutine.status
local co co = coroutine.create(function() print(s(co), r(co)) local c2 = coroutine.create(function() print(s(co), r(co)) coroutine.yield() end) print(r(c2)) print(s(c2)) end)
print(s(co)) print(r(co)) print(s(co)) print(r(co)) print(r(co, 1))
local dead = coroutine.create(function() error("x") end) print(r(dead)) print(s(dead)) print(r(dead)) print(s(dead))
local w = coroutine.wrap(function() end) print(w()) print(pcall(w)) print(pcall(w, 1))
local w w = coroutine.wrap(function() return pcall(w) end) print(w())
local w w = coroutine.wrap(function() w() end) print(pcall(w))
print(coroutine.running())
coroutine.wrap(function() print(type(coroutine.running()), s(coroutine.running())) end)()
local function yielder(...) local a = {...} while true do a = {coroutine.yield(unpack(a))} if a[1] == "stop" then return "stopped", unpack(a, 2) end end end
local co = coroutine.create(yielder) print(r(co, 1, nil, 3)) print(r(co)) print(r(co, nil)) print(r(co, nil, nil)) print(r(co, "stop", 9)) print(r(co))
local c = coroutine.create(function(...) print("args", select("#", ...), ...) print("again", coroutine.yield(select("#", ...))) end) print(r(c, nil, nil)) print(r(c, nil))
print(pcall(coroutine.create, print)) print(pcall(coroutine.create)) print(pcall(coroutine.create, {})) print(pcall(coroutine.wrap, print)) print(pcall(coroutine.resume)) print(pcall(coroutine.status)) print(pcall(coroutine.resume, {}))
print(select("#", r(coroutine.create(function() end)))) print(select("#", r(coroutine.create(function() return nil, nil end))))
local deep = function(n) local function go(n) if n == 0 then return coroutine.yield("bottom") end local x = go(n - 1) return x end return go(n) end
local co = coroutine.create(deep) print(r(co, 1000)) print(r(co, "top")) print(s(co))
local function nest(n) if n == 0 then return "end" end return coroutine.wrap(nest)(n - 1) end print(nest(100)) print(pcall(nest, 250))
local function nest(n) if n == 0 then return "end" end local co = coroutine.create(nest) return select(2, r(co, n - 1)) end print(nest(150)) print((nest(250)))
print(pcall(coroutine.wrap(function() return nest(190) end))) print(pcall(coroutine.wrap(function() return nest(210) end)))
