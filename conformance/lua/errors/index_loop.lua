-- Chains of __index and __newindex end.
local t = {}
for i = 1, 150 do t = setmetatable({}, {__index = t, __newindex = t}) end
print(pcall(function() return t.x end))
print(pcall(function() t.x = 1 end))
local a = {}
setmetatable(a, {__index = a})
print(pcall(function() return a.x end))
local b = {}
setmetatable(b, {__newindex = b})
print(pcall(function() b.x = 1 end))
local u = {}
for i = 1, 98 do u = setmetatable({}, {__index = u}) end
print(pcall(function() return u.x end))
for i = 1, 5 do
  u = setmetatable({}, {__index = u})
  print(i, pcall(function() return u.x end))
end
