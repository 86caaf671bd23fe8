local function n(k, f) local t = {} for i = 1, k do t[i] = f(i) end return t end
print(type(loadstring("local " .. table.concat(n(200, function(i) return "a" .. i end), ","))))
print(loadstring("local " .. table.concat(n(201, function(i) return "a" .. i end), ",")))
local decl = {} for b = 0, 3 do decl[#decl + 1] = "local " .. table.concat(n(50, function(i) return "v" .. (b * 50 + i) end), ",") end
local function upv(k) return "local " .. table.concat(n(k, function(i) return "u" .. i end), ",") .. "\nreturn function() return " .. table.concat(n(k, function(i) return "u" .. i end), "+") .. " end" end
print(type(loadstring(upv(60)))) print(loadstring(upv(61)))
print(loadstring("function f(" .. table.concat(n(201, function(i) return "p" .. i end), ",") .. ") end"))
print(type(loadstring("return " .. table.concat(n(250, function(i) return "f" end), ",")))) print(loadstring("f(" .. table.concat(n(260, function(i) return "x" end), ",") .. ")"))
print(loadstring("local a; a = " .. table.concat(n(300, function(i) return "{" end)) )) print(type(loadstring("return {" .. table.concat(n(5000, tostring), ",") .. "}")))
print(loadstring("x = " .. ("f("):rep(210) .. (")"):rep(210)))
print(loadstring(("a."):rep(300) .. "b = 1") ~= nil, loadstring("return a" .. ("[1]"):rep(300)) ~= nil)
print(loadstring(("if x then "):rep(210) .. ("end "):rep(210))) print(loadstring("for i=1,2 do " .. ("while x do "):rep(205) .. ("end "):rep(205) .. "end"))
print(loadstring(table.concat(n(300, function(i) return "x" .. i end), ",") .. " = 1"))
