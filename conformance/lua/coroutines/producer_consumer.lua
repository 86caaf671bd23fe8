local function producer() return coroutine.create(function() for _, v in ipairs {"a", "b", "c"} do coroutine.yield(v) end return nil end) end
local function filter(p) return coroutine.create(function() local n = 1 while true do local _, v = coroutine.resume(p) if not v then return nil end coroutine.yield(n .. ":" .. v) n = n + 1 end end) end
local function consume(p) while true do local ok, v = coroutine.resume(p) if not v then break end print(ok, v) end end
consume(filter(producer())) consume(filter(filter(producer())))
