-- The mathematical library.
-- Addresses are not the same in two runs.
local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...))):gsub("0x%x+", "ADDRESS")
  end
  print(table.concat(texts, "\t"))
end
local function try(...) show(pcall(...)) end
-- The name of a function is in its errors only where it is called by name.
local function run(source)
  local chunk, message = loadstring(source, "=run")
  if not chunk then return show("syntax", message) end
  local t = {pcall(chunk)}
  show(source, unpack(t, 1, table.maxn(t)))
end

local numbers = {0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -3.7, 10, 1e10, 1e300, -1e300, 1e-300, 5e-324, 2^52, 2^53, 1/0, -1/0, 0/0, 123456.789, math.pi}
local function exact(...) local t = {} for i = 1, select("#", ...) do t[i] = ("%.17g"):format((select(i, ...))) end return table.concat(t, " ") end
for _, name in ipairs{"abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "deg", "exp", "floor", "frexp", "log", "log10", "modf", "rad", "sin", "sinh", "sqrt", "tan", "tanh"} do
  for _, x in ipairs(numbers) do show(name, exact(x), exact(math[name](x))) end
  show(pcall(math[name])) show(pcall(math[name], "x")) show(pcall(math[name], "0.5"))
end
for _, name in ipairs{"atan2", "fmod", "pow", "max", "min", "ldexp", "mod"} do
  for _, x in ipairs(numbers) do for _, y in ipairs(numbers) do
    if name ~= "ldexp" or y == y then show(name, exact(x, y), exact(math[name](x, y))) end
  end end
  show(pcall(math[name])) show(pcall(math[name], 1)) show(pcall(math[name], 1, {}))
end
for _, e in ipairs{-1100, -1080, -1074, -1073, -1050, -1022, -1000, -60, -1, 0, 1, 52, 1000, 1023, 1024, 2000, 2100, 2147483647, -2147483648, 2^32 + 1} do
  for _, x in ipairs{0.5, 0.75, 1, -1, 1.2345678901234567, 3, 5e-324, 1e-310, 1e300, -1.7976931348623157e308} do show(e, exact(x), exact(math.ldexp(x, e))) end
end
show(math.max(1, 2, 3), math.min(3, 2, 1), math.max(0/0, 1), math.max(1, 0/0), math.min("3", 4)) run"math.max()" run"math.max(1, 2, 'x')" run"math.min({})" run"math.floor(nil)" run"math.floor({})"
show(math.pi == 3.14159265358979323846, math.huge, math.mod == math.fmod)
for _, seed in ipairs{1, 0, 42, -1, 2^31 - 1, 2^32 + 5, "7", 3.9} do
  math.randomseed(seed) show(seed, math.random(), math.random(10), math.random(5, 9), math.random(-5, 5), math.random(2^31 - 1), math.random(-2147483648, 2147483647), math.random(-2147483648, 0), math.random(1, 1))
end
run"math.random(0)" run"math.random(2, 1)" run"math.random(1, 2, 3)" run"math.random('x')" run"math.random(2^31)" run"math.randomseed()" run"math.randomseed('x')" run"math.random({}, 1)" run"math.random(nil)" run"return select('#', math.randomseed(1))"
show(math.random(100))
for k in pairs(math) do show(k) end
