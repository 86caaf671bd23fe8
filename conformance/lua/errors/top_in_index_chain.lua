-- An error at the top, through handlers of three kinds.
local b = setmetatable({}, {__index = function(t, k) error("no " .. k, 2) end})
local a = setmetatable({}, {__index = b})
local c = setmetatable({}, {__call = function(self) return a.missing end})
print(pcall(c))
local r = c()
