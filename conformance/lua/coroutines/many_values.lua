local co = coroutine.wrap(function(...) local n = select("#", ...) while true do n = select("#", coroutine.yield(n)) end end)
for _, k in ipairs {0, 1, 10, 100, 200, 1000} do local t = {} for i = 1, k do t[i] = i end print(co(unpack(t, 1, k))) end
local back = coroutine.wrap(function() local t = {} for i = 1, 500 do t[i] = i end coroutine.yield(unpack(t)) return unpack(t, 1, 250) end)
print(select("#", back()), select("#", back()))
