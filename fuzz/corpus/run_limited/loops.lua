local co = coroutine.wrap(function() while true do coroutine.yield(1) end end)
for i = 1, 100 do pcall(co) end
while true do local ok, e = pcall(error, {}) end
