local cos = {} for i = 1, 100 do cos[i] = coroutine.wrap(function(a) local s = a while true do s = s + coroutine.yield(s) end end) cos[i](i) end
collectgarbage() local sum = 0 for i = 1, 100 do sum = sum + cos[i](1) end print(sum) cos = nil collectgarbage()
local weak = setmetatable({}, {__mode = "v"}) weak[1] = coroutine.create(function() coroutine.yield() end) coroutine.resume(weak[1]) collectgarbage() print(weak[1])
for i = 1, 1000 do local c = coroutine.wrap(function() coroutine.yield(("x"):rep(i)) end) assert(#c() == i) end print("ok")
