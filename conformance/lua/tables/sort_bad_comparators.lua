local function try(f, n)
  local t = {} for i = 1, n or 20 do t[i] = (i * 7) % (n or 20) end
  local calls = 0
  local ok, m = pcall(table.sort, t, function(a, b) calls = calls + 1 return f(a, b) end)
  print(ok, m, calls, table.concat(t, " "))
end
try(function() return true end) try(function() return false end) try(function(a, b) return a <= b end)
try(function(a, b) return a >= b end) try(function() return true end, 3) try(function() return true end, 5) try(function() return 1 end, 4)
try(function() return nil end) try(function(a, b) return (a + b) % 2 == 0 end) try(function(a, b) return a % 3 < b % 3 end)
local n = 0 try(function(a, b) n = n + 1 return n % 2 == 0 end) try(function(a, b) return a < b or a == 5 end)
