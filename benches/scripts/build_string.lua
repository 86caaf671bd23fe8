-- Builds a string of 10 KB from 1000 pieces.
-- calls: 50
local pieces = {}
for i = 1, 1000 do
  pieces[i] = "item:" .. i .. ","
end
return #table.concat(pieces)
