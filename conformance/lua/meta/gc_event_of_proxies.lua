local order = {}
for i = 1, 3 do local p = newproxy(true) getmetatable(p).__gc = function() order[#order + 1] = i end end
collectgarbage() print(table.concat(order, " "))
local t = setmetatable({}, {__gc = function() print("never for tables") end}) t = nil collectgarbage()
local resurrected
do local p = newproxy(true) getmetatable(p).__gc = function(u) resurrected = u end end
collectgarbage() print(type(resurrected)) resurrected = nil collectgarbage()
local p = newproxy(true) getmetatable(p).__gc = function() print("closed at the end") end
