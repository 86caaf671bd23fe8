-- Closures made and called, and variables that they share.
local function counter(start)
  local n = start
  return function(by)
    n = n + by
    return n
  end, function()
    return n
  end
end
local function compose(f, g)
  return function(x)
    return f(g(x))
  end
end
local sum = 0
for i = 1, 400000 do
  local add, get = counter(i)
  add(1)
  add(2)
  sum = sum + get()
end
local inc = function(x)
  return x + 1
end
local f = inc
for _ = 1, 12 do
  f = compose(f, inc)
end
for i = 1, 200000 do
  sum = sum + f(i)
end
print(sum)
