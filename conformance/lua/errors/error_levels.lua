-- The position that error() adds, by level.
local function f0() error("m", 0) end
local function f1() error("m") end
local function f2() error("m", 2) end
local function f3() error("m", 3) end
local function wrap(f) f() end
print(pcall(f0))
print(pcall(f1))
print(pcall(f2))
print(pcall(function() f2() end))
print(pcall(function() wrap(f2) end))
print(pcall(function() wrap(f3) end))
print(pcall(function() f3() end))
print(pcall(error))
print(pcall(error, nil))
print(pcall(error, "x"))
print(pcall(error, "x", 1))
print(pcall(error, "x", 2))
print(pcall(error, "x", 100))
print(pcall(error, 12))
print(pcall(error, true))
print(select("#", pcall(error)))
print(type(select(2, pcall(error, {}))))
print(pcall(function() error(12) end))
print(pcall(function() error("12" + 1) end))
print(pcall(function() error(setmetatable({}, {__tostring = function() return "obj" end})) end) == false)
