local s = "hello"
for _, i in ipairs {-7, -6, -5, -1, 0, 1, 3, 5, 6, 7} do
  local row = {}
  for _, j in ipairs {-7, -5, -1, 0, 1, 3, 5, 6, 7} do row[#row + 1] = "[" .. s:sub(i, j) .. "]" end
  print(i, s:sub(i), table.concat(row, " "))
end
print(("").sub("", 1), (""):sub(-1, 1), ("x"):sub(1.9), ("abc"):sub("2"), ("abc"):sub(2, "2"))
print(("abc"):sub(-math.huge, math.huge), ("abc"):sub(2 ^ 40), ("abc"):sub(-2 ^ 40))
