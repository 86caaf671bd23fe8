local co = coroutine.wrap(function(...) local function loop(n, ...) if n == 0 then return ... end return loop(n - 1, coroutine.yield(n)) end return loop(...) end)
print(co(3, "a")) print(co("b")) print(co("c")) print(co("d", "e"))
local y = coroutine.yield local c = coroutine.wrap(function() return y(1), y(2), y(3) end) print(c(), c("r1"), c("r2")) print(c("r3"))
c = coroutine.wrap(function() return coroutine.yield(coroutine.yield(coroutine.yield(1))) end) print(c(), c(2, 20), c(3), c(4))
