local keep = {} for i = 1, 2e4 do local t = {i, tostring(i), {i}} keep[i % 100] = t end local s = 0 for i = 0, 99 do s = s + keep[i][1] + #keep[i][2] + keep[i][3][1] end print(s)
local str = "" for i = 1, 2000 do str = str .. i end print(#str) local fs = {} for i = 1, 5000 do fs[i % 50] = function() return i end end s = 0 for i = 0, 49 do s = s + fs[i]() end print(s)
local list for i = 1, 1e4 do list = {next = list, v = i} end local n = 0 while list do n = n + list.v list = list.next end print(n)
local tree local function make(d) if d == 0 then return {} end return {make(d - 1), make(d - 1)} end local function count(t) if not t[1] then return 1 end return count(t[1]) + count(t[2]) end tree = make(12) collectgarbage() print(count(tree))
