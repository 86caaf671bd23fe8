-- Calls through C nest 200 deep.
local n = 0
local function f() n = n + 1 return pcall(f) end
print(f())
print(n)
n = 0
local function g() n = n + 1 local ok, m = pcall(g) if not ok then error(m, 0) end end
print(pcall(g))
print(n)
n = 0
local function h() n = n + 1 return (string.gsub("x", "x", h)) end
print(pcall(h))
print(n)
n = 0
local mt = {}
mt.__index = function(t, k) n = n + 1 return t[k] end
print(pcall(function() return setmetatable({}, mt).x end))
print(n)
