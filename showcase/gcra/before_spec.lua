local check, take = script("before/check.lua"), script("before/take.lua")

require("cases")(function(call)
  local wait = check(call)
  if wait == 0 then
    take(call)
  end
  return wait
end)
