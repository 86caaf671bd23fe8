local t = {1, 2, 3, "four", 5.5}
print(table.concat(t), table.concat(t, "-"), table.concat(t, ", ", 2), table.concat(t, ", ", 2, 3), table.concat(t, "x", 4, 3), table.concat(t, "x", 6))
print(table.concat({}), table.concat({}, "x"), table.concat({"a"}, "x"), table.concat({1, 2}, 3))
print(pcall(table.concat, {1, nil, 3}, ",", 1, 3)) print(pcall(table.concat, {1, {}, 3})) print(pcall(table.concat, {true}))
print(table.concat({[0] = "z", "a"}, ",", 0, 1), table.concat({[-1] = "m", [0] = "z"}, ",", -1, 0))
print(#table.concat(setmetatable({}, {__index = function() return "x" end}), "", 1, 0))
print(pcall(table.concat, setmetatable({}, {__index = function() return "x" end}), "", 1, 3))
print(table.concat({1e15, 0.1, -0, 2 ^ 53}, " "))
