local x = 0 local function inc() x = x + 1 coroutine.yield(x) inc() end
local a, b = coroutine.wrap(inc), coroutine.wrap(inc) print(a(), b(), a(), b(), x)
local function counter() local n = 0 return coroutine.wrap(function() while true do n = n + 1 coroutine.yield(n) end end), function() return n end end
local next_n, get = counter() next_n() next_n() print(get()) local f do local v = 1 f = coroutine.wrap(function() v = v + 1 coroutine.yield(function() return v end) v = 100 coroutine.yield() end) end
local g = f() print(g()) f() print(g())
