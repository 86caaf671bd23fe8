local function s(t, f) table.sort(t, f) return table.concat(t, " ") end
print(s {3, 1, 2}) print(s {}) print(s {1}) print(s {2, 1}) print(s {"b", "a", "C"}) print(s({3, 1, 2}, function(a, b) return a > b end))
print(s {5, 5, 5, 1, 1, 9, 9, 0}) print(s {1.5, -2, 1e10, -1e10, 0})
local t = {} for i = 1, 100 do t[i] = (i * 7919) % 101 end print(s(t))
t = {} for i = 1, 50 do t[i] = i end print(s(t)) t = {} for i = 50, 1, -1 do t[#t + 1] = i end print(s(t))
local words = {} for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w end
print(s(words)) print(s(words, function(a, b) return #a < #b or #a == #b and a < b end))
print(pcall(table.sort, {1, "a"})) print(pcall(table.sort, {{}, {}})) print(pcall(table.sort, {1, nil, 3}))
local mt = {__lt = function(a, b) return a.v < b.v end}
local objs = {} for i, v in ipairs {3, 1, 2} do objs[i] = setmetatable({v = v}, mt) end
table.sort(objs) print(objs[1].v, objs[2].v, objs[3].v)
