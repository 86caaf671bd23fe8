for _, c in ipairs {{"10", 2}, {"12", 2}, {"zz", 36}, {"ZZ", 36}, {"ff", 16}, {"0xff", 16}, {"-ff", 16}, {" 11 ", 2}, {"", 10},
  {"7", 8}, {"8", 8}, {"1.5", 10}, {"1e1", 10}, {"10", 10}, {"zz", 35}, {"99999999999", 10}, {"ffffffffff", 16}, {"-1", 2},
  {"1 1", 2}, {"+1", 3}, {"7fffffffffffffff", 16}, {"ffffffffffffffff", 16}, {"fffffffffffffffff", 16}, {"-9", 11}} do
  print(c[1], c[2], tonumber(c[1], c[2]))
end
print(tonumber(10, 2), tonumber(101, 2), tonumber(12, 16))
print(tonumber(nil), tonumber(true), tonumber({}), tonumber(print))
print(pcall(tonumber, nil, 10))
print(tonumber("10", 10.9), tonumber("z", 36.5))
