-- Coroutines: generators, a pipeline of them, and many short ones.
local yield, wrap, create, resume = coroutine.yield, coroutine.wrap, coroutine.create, coroutine.resume
local function numbers(n)
  return wrap(function()
    for i = 1, n do
      yield(i)
    end
  end)
end
local function filter(source, divisor)
  return wrap(function()
    for v in source do
      if v % divisor ~= 0 then
        yield(v)
      end
    end
  end)
end
local sum = 0
for v in filter(filter(filter(numbers(600000), 2), 3), 5) do
  sum = sum + v
end
for i = 1, 120000 do
  local co = create(function(a, b)
    local c = yield(a + b)
    return c * 2
  end)
  local _, x = resume(co, i, 1)
  local _, y = resume(co, x)
  sum = sum + y
end
print(sum)
