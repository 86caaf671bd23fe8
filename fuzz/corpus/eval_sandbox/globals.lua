pcall(function() x = 1 end) pcall(rawset, _G, 'x', 1) pcall(setmetatable, _G, {})
pcall(function() string.rep = nil end) pcall(function() redis.call = nil end)
local m = getmetatable('') pcall(function() m.__index = {} end) pcall(rawset, m or {}, '__index', nil)
return redis.call('SET', KEYS[1], ARGV[1])