-- "bad argument" of the mathematics.
local function e(f, ...) print(select(2, pcall(f, ...))) end
for _, name in ipairs { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp",
  "floor", "fmod", "frexp", "ldexp", "log", "log10", "max", "min", "modf", "pow", "rad", "sin",
  "sinh", "sqrt", "tan", "tanh", "randomseed" } do
  e(math[name])
  e(math[name], "x")
  e(math[name], {})
  e(math[name], 1, "x")
end
e(math.random, 0)
e(math.random, 2, 1)
e(math.random, 1, 2, 3)
e(math.random, "x")
e(math.max)
e(math.min)
