do local show, write = tostring, io.write function print(...) local n, t = select("#", ...), {...} for i = 1, n do write(i > 1 and "\t" or "", (show(t[i]):gsub("0x%x+", "ADDR"))) end write("\n") end end
-- A vararg function that does not use ... has the table arg.
function f(...) return arg end local a = f(1, nil, 3, nil) print(a.n, a[1], a[2], a[3], a[4])
function g(...) local x = arg.n return x end print(g(), g(nil), g(1, 2))
function h(...) local function inner() return arg end return inner() end print(h(1) and h(1).n)
function k(...) local y = {...} return arg == nil or arg end print(type(k(1)))
function m(arg, ...) return arg end print(m("named", 1)) local function n(...) arg = 5 return arg end print(n(1)) print(type(arg))
