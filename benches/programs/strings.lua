-- Strings built piece by piece and from a table of pieces.
local length = 0
for round = 1, 60 do
  local pieces = {}
  for i = 1, 10000 do
    pieces[#pieces + 1] = "key:" .. i .. "=" .. (i * round % 97)
  end
  length = length + #table.concat(pieces, ",")
  local text = ""
  for i = 1, 1000 do
    text = text .. "<" .. i .. ">"
  end
  length = length + #text
end
print(length)
