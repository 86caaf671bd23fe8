-- The module `bit` in plain Lua, as far as are-we-fast-yet needs it: so all interpreters do the same work.
local floor = math.floor
local ands, xors = {}, {}
for a = 0, 15 do
  for b = 0, 15 do
    local both, one, x, y = 0, 0, a, b
    for i = 0, 3 do
      local p, q = x % 2, y % 2
      both = both + p * q * 2 ^ i
      one = one + (p + q) % 2 * 2 ^ i
      x, y = (x - p) / 2, (y - q) / 2
    end
    ands[a * 16 + b], xors[a * 16 + b] = both, one
  end
end
local function signed(n)
  n = n % 4294967296
  return n < 2147483648 and n or n - 4294967296
end
local function by_nibbles(nibbles, a, b)
  a, b = a % 4294967296, b % 4294967296
  local n, unit = 0, 1
  while a > 0 or b > 0 do
    local p, q = a % 16, b % 16
    n = n + nibbles[p * 16 + q] * unit
    a, b, unit = (a - p) / 16, (b - q) / 16, unit * 16
  end
  return signed(n)
end
local bit = {}
function bit.band(a, b)
  return by_nibbles(ands, a, b)
end
function bit.bxor(a, b)
  return by_nibbles(xors, a, b)
end
function bit.bnot(a)
  return signed(-1 - a)
end
function bit.bor(a, b)
  return bit.bnot(bit.band(bit.bnot(a), bit.bnot(b)))
end
function bit.lshift(a, n)
  return signed(a % 4294967296 * 2 ^ (n % 32))
end
function bit.rshift(a, n)
  return signed(floor(a % 4294967296 / 2 ^ (n % 32)))
end
function bit.arshift(a, n)
  return floor(signed(a) / 2 ^ (n % 32))
end
function bit.tobit(a)
  return signed(a)
end
package.preload.bit = function()
  return bit
end
