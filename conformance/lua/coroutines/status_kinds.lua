local co1, co2
co1 = coroutine.create(function() print(coroutine.status(co1)) coroutine.resume(co2) print(coroutine.status(co2)) end)
co2 = coroutine.create(function() print(coroutine.status(co1), coroutine.status(co2)) print(coroutine.resume(co1)) print(coroutine.resume(co2)) coroutine.yield() end)
coroutine.resume(co1) print(coroutine.status(co1), coroutine.status(co2))
print(pcall(coroutine.status, 1)) print(pcall(coroutine.resume, 1)) print(pcall(coroutine.status))
local e = coroutine.create(function() error("x") end) coroutine.resume(e) print(coroutine.status(e), coroutine.resume(e))
