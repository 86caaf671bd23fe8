local t = {} 
pcall(function() local s = "x" while true do s = s .. s t[#t + 1] = s end end)
for i = 1, 1e9 do t[i] = {[i] = function() return t end} end
