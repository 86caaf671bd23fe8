-- Chains of the operator `..` with strings and numbers.
local length = 0
local last
for i = 1, 400000 do
  local a = "user:" .. i
  local b = a .. ":" .. "session" .. ":" .. (i % 100) .. ":" .. "end"
  last = "<" .. b .. ">"
  length = length + #last
end
print(length, last)
