-- Which pairs the sort compares, and when.
local t = {5, 3, 8, 1, 9, 2}
local log = {}
table.sort(t, function(a, b) log[#log + 1] = a .. "<" .. b return a < b end)
print(table.concat(log, " ")) print(table.concat(t, " "))
log = {} t = {"d", "a", "c", "b"} table.sort(t, function(a, b) log[#log + 1] = a .. b return a < b end) print(table.concat(log, " "))
log = {} t = {1, 2} table.sort(t, function(a, b) log[#log + 1] = a .. b return a < b end) print(table.concat(log, " "))
log = {} t = {2, 1, 3} table.sort(t, function(a, b) log[#log + 1] = a .. b return a < b end) print(table.concat(log, " "))
