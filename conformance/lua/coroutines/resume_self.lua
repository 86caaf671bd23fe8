local co co = coroutine.create(function() return coroutine.resume(co) end) print(coroutine.resume(co))
local w w = coroutine.wrap(function() return pcall(w) end) print(w())
local main = coroutine.create(function() local c2 = coroutine.create(function() return coroutine.resume(main_co) end) main_co = coroutine.running() return coroutine.resume(c2) end) print(coroutine.resume(main))
