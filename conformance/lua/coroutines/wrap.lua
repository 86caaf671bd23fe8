local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen()) print(pcall(gen))
local w = coroutine.wrap(function() error("oops") end) print(pcall(w)) print(pcall(w))
w = coroutine.wrap(function() error({}) end) print(type(select(2, pcall(w)))) w = coroutine.wrap(function(...) return select("#", ...), ... end) print(w(nil, nil))
for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end) do print(v) end
print(pcall(coroutine.wrap, 1)) print(pcall(coroutine.wrap)) print(pcall(coroutine.create, print)) print(pcall(coroutine.create))
