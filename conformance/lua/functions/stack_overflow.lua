do local show, write = tostring, io.write function print(...) local n, t = select("#", ...), {...} for i = 1, n do write(i > 1 and "\t" or "", (show(t[i]):gsub("0x%x+", "ADDR"))) end write("\n") end end
local function f() return f() + 1 end local ok, m = pcall(f) print(ok, m)
local function g(...) return g(1, ...) + 1 end print(select(2, pcall(g)):match("stack overflow") ~= nil)
local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end print(select(2, pcall(function() return t[1] end)))
print(pcall(string.rep, "x", -1)) local s = "return " .. ("("):rep(150) .. "1" .. (")"):rep(150) print(loadstring(s)()) s = "return " .. ("("):rep(250) .. "1" .. (")"):rep(250) print(loadstring(s))
s = ("do "):rep(250) .. ("end "):rep(250) print(loadstring(s)) s = "return " .. ("{"):rep(250) .. ("}"):rep(250) print(loadstring(s)) s = "return " .. ("-"):rep(250) .. "1" print(loadstring(s)) s = "return " .. ("not "):rep(250) .. "1" print(loadstring(s)) s = "local a = " .. ("function() return "):rep(250) .. "1" .. (" end"):rep(250) print(loadstring(s))
s = "return " .. ("1 .. "):rep(250) .. "1" print(loadstring(s)) s = "return " .. ("1 ^ "):rep(250) .. "1" print(loadstring(s)) s = "return " .. ("1 + "):rep(1000) .. "1" print(loadstring(s)())
