-- The standalone interpreter does not ask an error object's __tostring in 5.1... or does it?
error(setmetatable({}, {__tostring = function() return "custom" end}))
