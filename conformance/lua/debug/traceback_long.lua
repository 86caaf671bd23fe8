local function deep(n) if n == 0 then print(debug.traceback("deep")) return end deep(n - 1) return 1 end
deep(5) deep(18) deep(19) deep(20) deep(21) deep(22) deep(23) deep(60)
local function tail(n) if n == 0 then print(debug.traceback("tail")) return end return tail(n - 1) end tail(3) tail(30)
print(pcall(function() deep(30) end))
