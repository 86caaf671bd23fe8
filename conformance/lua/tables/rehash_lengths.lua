-- Lengths while a table grows in different orders.
local orders = {{1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1}, {1, 3, 5, 7, 2, 4, 6, 8}, {4, 2, 6, 1, 3, 5, 7, 8}, {2, 1, 4, 3, 6, 5, 8, 7}, {5, 1, 2, 3, 4}, {16, 1, 2, 3}}
for _, o in ipairs(orders) do local t = {} local r = {} for _, i in ipairs(o) do t[i] = true r[#r + 1] = #t end print(table.concat(r, " ")) end
for _, o in ipairs(orders) do local t = {x = 1, y = 2} local r = {} for _, i in ipairs(o) do t[i] = true r[#r + 1] = #t end print(table.concat(r, " ")) end
for _, o in ipairs(orders) do local t = {} for i = 1, 8 do t[i] = 1 end local r = {} for _, i in ipairs(o) do t[i] = nil r[#r + 1] = #t end print(table.concat(r, " ")) end
