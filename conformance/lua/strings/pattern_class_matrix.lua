-- Every byte against every class and its complement.
local classes = {"%a", "%c", "%d", "%l", "%p", "%s", "%u", "%w", "%x", "%z", "%A", "%C", "%D", "%L", "%P", "%S", "%U", "%W", "%X", "%Z", ".", "[%a_]", "[^%w]", "[a-z]", "[^a-z]", "[%-x]", "[x%-]", "[a-]", "[-a]", "[]]", "[^]]", "[]a]", "[%]]", "[z-a]", "[%a-z]", "[a-%z]", "[%z]", "[\1-\31]", "[\127-\255]", "[^\1-\254]", "%.", "%%", "%g", "%q", "%_"}
for _, class in ipairs(classes) do
  local from, out = nil, {}
  for b = 0, 256 do
    local hit = b < 256 and string.find(string.char(b), "^" .. class .. "$") ~= nil
    if hit and not from then from = b elseif not hit and from then out[#out + 1] = from .. "-" .. (b - 1) from = nil end
  end
  print(class, table.concat(out, " "))
end
