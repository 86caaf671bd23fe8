-- Random chains of arithmetic, each operator on the last one's result: on edges of numbers, strings,
-- objects with metamethods, and what is no number; their results, or the names and lines of their errors.
-- Some run under a hook by lines that changes what they have reckoned so far.
local seed = 2024
local function choose(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local object = setmetatable({}, {
  __add = function(a, b) return type(a) == "table" and 5 or 7 end,
  __sub = function(a, b) return type(a) == "table" and "11" or -3 end,
  __mul = function(a, b) return a end,
  __div = function(a, b) return b end,
  __mod = function() return nil end,
  __unm = function() return 2 ^ 31 end,
})
VALUES = {
  0, -0, 1, -1, 2, 3, 7, 31, 0.5, -2.75, 1000003, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 32, 2 ^ 50 - 1, 2 ^ 50, 2 ^ 53, -2 ^ 53,
  2 ^ 53 + 2, 1e300, 5e-324, 1 / 0, -1 / 0, 0 / 0, "10", "0x10", " 3 ", "x", object, {}, true,
}
local names = {"a", "b", "c", "up", "field.x", "global"}
local constants = {"1", "2", "3", "7", "31", "0.5", "1e15", "1000003", "2147483648", "'4'", "nil", "1e308"}
local operators = {"+", "-", "*", "/", "%", "+", "-", "*", "%", "^"}
-- Whole ones, whose powers are the same on every platform to the last bit.
local exponents = {"2", "3", "0", "-1", "'2'", "nil"}

local function operand(depth, chain)
  local kind = choose(8)
  if depth > 0 and kind > 5 then return "(" .. chain(depth - 1) .. ")" end
  if kind == 5 then return "-" .. names[choose(3)] end
  if kind > 2 then return names[choose(choose(#names))] end
  return constants[choose(#constants)]
end
local function chain(depth)
  local text = operand(depth, chain)
  for _ = 1, choose(4) do
    local operator = operators[choose(#operators)]
    local line = choose(5) == 1 and "\n" or " "
    if operator == "^" then
      text = "(" .. text .. ") ^" .. line .. exponents[choose(#exponents)]
    elseif choose(4) == 1 then
      text = operand(depth, chain) .. " " .. operator .. line .. "(" .. text .. ")"
    else
      text = "(" .. text .. ") " .. operator .. line .. operand(depth, chain)
    end
  end
  return text
end

local function show(v)
  if v ~= v then return "nan" end
  if v == 0 then return 1 / v < 0 and "-0" or "0" end
  return type(v) == "number" and ("%.17g"):format(v) or type(v) == "table" and "table" or tostring(v)
end

local trace
local function change(_, line)
  trace[#trace + 1] = line
  for i = 1, 12 do
    local name, value = debug.getlocal(2, i)
    if not name then break end
    if name == "r" and type(value) == "number" then debug.setlocal(2, i, value + 1) end
  end
end

for n = 1, 1500 do
  local text = "local a, b, c, up = VALUES[" .. choose(18) .. "], VALUES[" .. choose(17) .. "], VALUES[" .. choose(#VALUES)
    .. "], VALUES[" .. choose(20) .. "]\nfield, global = {x = VALUES[" .. choose(20) .. "]}, " .. choose(9)
    .. "\nlocal r = a * 1\nfor i = 1, 3 do r =\n(r * 3 + i) % b\nr = r\n" .. operators[choose(9)] .. " " .. chain(2)
    .. "\n- r * 2\nend\nreturn (function() return " .. chain(1) .. " end)(), r"
  local f = assert(loadstring(text, "=chain"))
  trace = {}
  if n % 3 == 0 then debug.sethook(change, "l") end
  local ok, x, y = pcall(f)
  debug.sethook()
  print(n, ok, show(x), show(y), table.concat(trace, " "))
end

-- Each instruction is counted by itself.
local count = 0
local f = loadstring("local n, m = 17, 1000003 local x = (n * 31 + m) % 1000 - m / 2 * n return (x - n) * (x + n) % m")
debug.sethook(function() count = count + 1 end, "", 1)
local n = f()
debug.sethook()
print(show(n), count)
