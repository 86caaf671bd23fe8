local env = getfenv and getfenv(0) or _G for k, v in pairs(env) do if type(v) == 'table' then
pcall(function() v.x = 1 end) pcall(table.insert, v, 1) pcall(table.sort, v) end end
pcall(loadstring, string.dump(function() end)) load(coroutine.wrap(function() coroutine.yield('return 1') end))()
return coroutine.wrap(redis.call)('GET', KEYS[1])