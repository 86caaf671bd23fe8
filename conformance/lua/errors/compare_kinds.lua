-- Comparisons of what cannot be compared.
local vals = {1, "1", true, nil, {}, print}
local n = 6
local function name(v) return type(v) end
local function try(op, f)
  for i = 1, n do
    for j = 1, n do
      local a, b = vals[i], vals[j]
      print(op, name(a), name(b), select(2, pcall(f, a, b)))
    end
  end
end
try("<", function(a, b) return a < b end)
try("<=", function(a, b) return a <= b end)
try(">", function(a, b) return a > b end)
try(">=", function(a, b) return a >= b end)
try("==", function(a, b) return a == b end)
try("~=", function(a, b) return a ~= b end)
