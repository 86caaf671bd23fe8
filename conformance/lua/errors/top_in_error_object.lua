-- An error object with __tostring at the top.
local e = setmetatable({code = 7}, {__tostring = function(e) return "object " .. e.code end})
print(pcall(error, e) == false, select(2, pcall(error, e)).code, tostring(select(2, pcall(error, e))))
error(e)
