local mt = getmetatable("")
print(type(mt), mt.__index == string)
string.double = function(s) return s .. s end
print(("ab"):double())
print(("x").len == string.len, ("x").nothing == nil, #"x")
mt.__add = function(a, b) return "added" end
print(pcall(function() return "a" + "b" end), "1" + "2")
mt.__call = function(s, ...) return s, ... end
print(("called")(1, 2))
mt.__len = function() return 99 end
print(#"abc")
mt.__unm = function(s) return "neg" .. s end
print(-"abc", -"5")
mt.__concat = function() return "cat" end
print("a" .. {}, {} .. "a", "a" .. "b")
mt.__lt = function() return true end
print("b" < "a", pcall(function() return "a" < 1 end))
mt.__index = function(s, k) return k end
print(("x").foo, ("x")[1])
