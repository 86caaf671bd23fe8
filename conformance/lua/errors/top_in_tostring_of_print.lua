-- An error at the top, in what print asks.
local o = setmetatable({}, {__tostring = function() local x; return x.y end})
print("before", 1)
print("half", o)
