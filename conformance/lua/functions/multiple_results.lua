local function mr() return 1, 2, 3 end
local t = {mr(), mr()} print(#t, t[4]) t = {mr(), nil} print(#t) local x, y = (mr()) print(x, y) return print(mr())
