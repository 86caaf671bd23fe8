local t = setmetatable({}, {__metatable = "locked"}) print(getmetatable(t)) print(pcall(setmetatable, t, {})) print(pcall(setmetatable, t, nil))
local u = setmetatable({}, {__metatable = false}) print(getmetatable(u)) print(pcall(setmetatable, u, {}))
print(setmetatable(setmetatable({}, {}), nil) ~= nil, getmetatable(setmetatable({}, nil))) print(pcall(setmetatable, {})) print(pcall(setmetatable, {}, 1)) print(pcall(setmetatable, 1, {}))
print(getmetatable(1), getmetatable(nil), getmetatable(print), getmetatable("").__index == string)
