local mt = {}
for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "concat"} do
  mt["__" .. e] = function(a, b) return e .. ":" .. (type(a) == "table" and "T" or tostring(a)) .. "," .. (type(b) == "table" and "T" or tostring(b)) end
end
mt.__unm = function(a, b) return "unm " .. tostring(rawequal(a, b)) end
local t = setmetatable({}, mt)
print(t + 1, 1 + t, t + t, t - "x", 2 * t, t / nil == nil, t % 2, 2 ^ t, t .. "s", "s" .. t, 1 .. t, t .. t, -t)
print(t + "abc", "abc" + t, nil + t, t * true, {} + t, t .. nil, {} .. t)
print("a" .. "b" .. t, t .. "a" .. "b")
local u = setmetatable({}, {__add = function() return "second's" end}) print(u + t, t + u, {} + u)
