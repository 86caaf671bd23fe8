-- An error at the top, through a wrapped coroutine in a for.
print("before")
local function gen() return coroutine.wrap(function() coroutine.yield(1) local t = nil; t.x = 1 end) end
for v in gen() do
  print(v)
end
