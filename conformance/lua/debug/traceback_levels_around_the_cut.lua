-- Stacks of 20 to 26 levels, where lines are left out from the middle.
local function deep(n) if n == 0 then print(debug.traceback("depth")) return end deep(n - 1) return n end
for n = 17, 24 do print(n) deep(n) end
local function tails(n) if n == 0 then print(debug.traceback("tails")) return end return tails(n - 1) end tails(3) tails(12) tails(30)
local function mixed(n) if n == 0 then print(debug.traceback("mixed")) return 0 end if n % 2 == 0 then return mixed(n - 1) end return (mixed(n - 1)) end mixed(8) mixed(24)
local function through(n) if n == 0 then print(debug.traceback("pcall")) return end pcall(through, n - 1) end through(4) through(14)
local function from(n, l) if n == 0 then print(debug.traceback("from " .. l, l)) return end from(n - 1, l) return end for _, l in ipairs{0, 1, 2, 5, 10, 15, 29, 30, 31, 40} do from(28, l) end
