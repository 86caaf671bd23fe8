-- Which pairs sort compares, for many inputs: the algorithm shows in its calls.
local function trace(t, cmp) local calls = {} local ok, m = pcall(table.sort, t, function(a, b) calls[#calls + 1] = tostring(a) .. (cmp(a, b) and "<" or "-") .. tostring(b) return cmp(a, b) end) print(ok, m, #calls, table.concat(calls, " ")) print(table.concat(t, " ")) end
local lt = function(a, b) return a < b end
for n = 0, 12 do local t = {} for i = 1, n do t[i] = (i * 7) % 13 end trace(t, lt) end
trace({5, 4, 3, 2, 1}, lt) trace({1, 1, 1, 1, 1, 1}, lt) trace({2, 1, 2, 1, 2, 1, 2, 1}, lt) trace({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, lt) trace({3, 1, 2}, function(a, b) return a > b end)
for _, bad in ipairs{function() return true end, function() return false end, function(a, b) return a <= b end, function(a, b) return a ~= b end, function(a, b) return 1 end, function(a, b) return nil end} do for n = 1, 9 do local t = {} for i = 1, n do t[i] = (i * 5) % 7 end trace(t, bad) end end
print(pcall(table.sort, {3, 1, "x", 2})) print(pcall(table.sort, {1, nil, 3})) print(pcall(table.sort, {{}, {}})) print(pcall(table.sort, {true, false})) print(pcall(table.sort, {1, 2, 3}, 1)) print(pcall(table.sort)) print(pcall(table.sort, 1)) print(pcall(table.sort, {}, print)) print(pcall(table.sort, {1}, "x")) print(pcall(table.sort, {1, 2}, nil)) print(pcall(table.sort, "abc"))
local t = {"b", "a", "C", "A", "", "ab", "B\0", "B"} table.sort(t) print(("%q"):format(table.concat(t, ","))) local t = {3, 1, 2, n = 1, [-1] = 0, [5] = 9} table.sort(t) print(t[1], t[2], t[3], t[4], t[5])
local t = {9, 8, 7, 6, 5} local n = 0 print(pcall(table.sort, t, function(a, b) n = n + 1 if n == 5 then error("at five") end return a < b end)) print(table.concat(t, " ")) local t = {1, 0/0, 2, 0/0, 3, 1} print(pcall(table.sort, t)) 
local m = {__lt = function(a, b) return a.v < b.v end} local t = {} for i = 1, 6 do t[i] = setmetatable({v = (i * 5) % 7}, m) end table.sort(t) for i = 1, 6 do io.write(t[i].v, " ") end print()
