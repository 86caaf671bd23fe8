local M = {} do local _ENV = nil function M.f() return "f" end end print(M.f())
local function sandbox(src, env) local f, m = loadstring(src, "=sandbox") if not f then return nil, m end setfenv(f, env) return pcall(f) end
print(sandbox("return 1 + 1", {})) print(sandbox("return print", {})) print(sandbox("x = 1", {})) print(sandbox("return os.time()", {})) print(sandbox("return +", {}))
local e = {} print(sandbox("function add(a, b) return a + b end", e)) print(e.add(1, 2), add)
print(sandbox("return (function() return y end)()", {y = "env of inner"})) print(sandbox("return getfenv", {})) print(select("#", sandbox("return string", {string = string})))
