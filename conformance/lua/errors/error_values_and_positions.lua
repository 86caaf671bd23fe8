-- What error adds to which values at which levels, and what pcall gives.
local function show(...) for i = 1, select("#", ...) do local v = select(i, ...) io.write(type(v), ":", type(v) == "table" and "t" or tostring(v), " ") end print() end
for _, level in ipairs{-1, 0, 1, 2, 3, 4, 5, 100, 1.9, "2", 1e10} do
  local function f() error("msg", level) end
  local function g() f() return 1 end
  show(pcall(g))
end
for _, value in ipairs{1, 1.5, -0, 1e100, true, false, "", {}} do show(pcall(error, value)) show(pcall(function() error(value) end)) show(pcall(function() error(value, 2) end)) end
show(pcall(error)) show(pcall(error, nil)) show(pcall(error, nil, 1)) show(pcall(error, nil, 2)) show(pcall(error, "x", nil)) show(pcall(error, "x", {}))
show(pcall(function() error(print and 1 .. "") end))
show(pcall(function() error("a" .. 1, 1) end))
show(pcall(assert, false)) show(pcall(assert, nil)) show(pcall(assert)) show(pcall(assert, false, nil)) show(pcall(assert, false, {})) show(pcall(assert, false, 1))
show(pcall(assert, false, "m", 2)) show(pcall(assert, 1, 2, 3)) show(pcall(assert, nil, true))
show(pcall(function() assert(false, "no position") end))
show(pcall(function() local ok, m = pcall(error, "inner") error(m, 0) end))
show(pcall(function() local ok, m = pcall(error, "inner", 1) error(m) end))
show(pcall(function() local ok, m = pcall(function() error("inner") end) error(m) end))
local co = coroutine.create(function() error("in co", 2) end) show(coroutine.resume(co))
local co = coroutine.create(function() error("in co", 1) end) show(coroutine.resume(co))
local co = coroutine.create(function() error({}) end) show(coroutine.resume(co))
local co = coroutine.create(function(...) error(...) end) show(coroutine.resume(co, "direct"))
local co = coroutine.create(function(...) error(...) end) show(coroutine.resume(co, "direct", 2))
show(pcall(coroutine.wrap(function() error("wrapped") end)))
show(pcall(coroutine.wrap(function() error("wrapped", 0) end)))
show(pcall(coroutine.wrap(function() error({}) end)))
show(pcall(coroutine.wrap(function(...) error(...) end), "wrapped"))
show(pcall(function() coroutine.wrap(function() error("wrapped", 2) end)() end))
local tail = function() return error("tail") end show(pcall(tail))
local tail = function() return error("tail", 2) end show(pcall(tail))
local tail = function() return tail() end show(pcall(function() return tail() end))
show(pcall(loadstring("error('x')", "=name"))) show(pcall(loadstring("error('x')", "@name"))) show(pcall(loadstring("error('x')", "name"))) show(pcall(loadstring("error('x')")))
show(pcall(loadstring("\n\nerror('x', 1)", "=" .. ("long"):rep(30)))) show(pcall(loadstring("\n\nerror('x', 1)", "@" .. ("long"):rep(30)))) show(pcall(loadstring("\n\nerror('x', 1)", ("long"):rep(30))))
show(xpcall(function() error("x") end, function(m) return m, 2 end)) show(xpcall(function() error("x") end, function() end)) show(xpcall(function() error("x") end, function(m) error(m) end))
show(xpcall(function() error("x") end, function(m) return {} end)) show(xpcall(function() return 1, 2 end, nil)) show(xpcall(function() error("x") end, nil)) show(xpcall(nil, print)) show(xpcall(1, function(m) return "h:" .. m end))
