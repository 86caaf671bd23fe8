-- Deep recursion and tail calls: Ackermann, Takeuchi and a state machine.
local function ack(m, n)
  if m == 0 then
    return n + 1
  elseif n == 0 then
    return ack(m - 1, 1)
  end
  return ack(m - 1, ack(m, n - 1))
end
local function tak(x, y, z)
  if y >= x then
    return z
  end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end
local even, odd
function even(n)
  if n == 0 then
    return true
  end
  return odd(n - 1)
end
function odd(n)
  if n == 0 then
    return false
  end
  return even(n - 1)
end
print(ack(2, 1000), ack(3, 7), tak(21, 14, 7), even(3000000))
