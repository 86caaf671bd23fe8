-- An error at the top, under more levels than a traceback shows.
local function down(n) if n == 0 then error("bottom") end down(n - 1) return n end
local function even(n) if n == 0 then return error("tail bottom") end return even(n - 1) end
print(pcall(down, 50)) print(pcall(even, 50))
down(40)
