do local show, write = tostring, io.write function print(...) local n, t = select("#", ...), {...} for i = 1, n do write(i > 1 and "\t" or "", (show(t[i]):gsub("0x%x+", "ADDR"))) end write("\n") end end
local function f(...) return select("#", ...), ... end
print(f()) print(f(nil)) print(f(nil, nil)) print(f(1, nil, 3)) print((f(1, 2)))
local function g(a, ...) local b, c = ... return a, b, c, select("#", ...) end print(g()) print(g(1)) print(g(1, 2)) print(g(1, 2, 3, 4))
local function h(...) local t = {...} return #t, (...), select(-1, ...) end print(h(1, 2, 3)) print(pcall(select, -1)) print(select(2, "a", "b", "c")) print(select(-2, "a", "b", "c")) print(pcall(select, 0, 1))
local function old(...) return arg.n, arg[1], #arg end print(old(1, nil, 3))
local function both(...) local x = ... return arg end print(both(1, 2))
function varmethod(self, ...) return ... end print(varmethod({}, 1, 2)) print(("x"):rep(3, ...)) print(select("#", ...), ...)
local function pass(...) return f(...) end print(pass(1, nil)) print(pass(...), pass()) local function mid(...) return "a", ..., "z" end print(mid(1, 2, 3)) print({...}, 1 == 1)
