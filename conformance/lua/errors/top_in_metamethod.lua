local t = setmetatable({}, {__index = function(t, k) error("no " .. k) end})
print(t.field)
