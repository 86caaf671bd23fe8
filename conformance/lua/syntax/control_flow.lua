for i = 1, 3 do for j = 1, 3 do if j == 2 then break end print(i, j) end end
local n = 0 while true do n = n + 1 if n > 5 then break end end print(n) repeat local done = n == 8 n = n + 1 until done print(n)
if nil then print("no") elseif false then print("no") elseif 0 then print("zero") else print("no") end
for i = 3, 1, -1 do io.write(i, " ") end for i = 1, 0 do print("never") end print() while false do end repeat until true do end
local i = 1 while i <= 3 do local j = 1 while j <= 3 do if i * j == 4 then break end j = j + 1 end print(i, j) i = i + 1 end
for k, v in pairs {} do print("never") end for _ in function() return nil end do print("never") end local f = function() do return "from do" end end print(f()) print((function() for i = 1, 10 do if i == 5 then return i end end end)()) print((function() while true do repeat do return "deep" end until false end end)())
