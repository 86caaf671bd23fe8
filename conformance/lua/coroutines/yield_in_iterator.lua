local function try(f) local co = coroutine.create(f) local r = {coroutine.resume(co)} print(unpack(r)) print(coroutine.status(co)) print(coroutine.resume(co)) end
try(function() for x in function() return coroutine.yield("in iterator") end do print(x) end end)
try(function() for x in coroutine.yield, 1, 2 do print(x) break end end)
try(function() for x in coroutine.wrap(function() coroutine.yield("w1") coroutine.yield("w2") end) do print(x) end end)
