local vals = {5, -5, 3, -3, 0.5, -0.5, 5.5, -5.5, 1e15, 1, -1}
for _, a in ipairs(vals) do
  local row = {}
  for _, b in ipairs(vals) do row[#row + 1] = tostring(a % b) end
  print(a, table.concat(row, " "))
end
print(pcall(function() return (5 % 0) ~= (5 % 0) end))
print(5 % math.huge, -5 % math.huge, 5 % -math.huge)
