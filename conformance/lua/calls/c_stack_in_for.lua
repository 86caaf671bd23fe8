-- A loop's call of its iterator counts as a call from C, so that the last one may be one too many.
local depth = 0
local t = setmetatable({}, {})
getmetatable(t).__index = function()
  depth = depth + 1
  for k in pairs({1}) do
    return t.x
  end
end
print(pcall(function() return t.x end))
print(depth)
depth = 0
getmetatable(t).__index = function()
  depth = depth + 1
  for v in string.gmatch("a", "a") do
    return t.x
  end
end
print(pcall(function() return t.x end))
print(depth)
depth = 0
getmetatable(t).__index = function()
  depth = depth + 1
  return t.x
end
for v in coroutine.wrap(function() coroutine.yield(pcall(function() return t.x end)) end) do
  print(v, depth)
end
