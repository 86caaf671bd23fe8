-- The part of the bench that must be Lua.
local setmetatable = setmetatable

local prelude = {}

-- What can be called, for a reply or an error, and has a pcall, which gives the error.
function prelude.callable(run, run_protected)
  local object = { pcall = function(...) return run_protected(...) end }
  return setmetatable(object, { __call = function(_, ...) return run(...) end })
end

return prelude
