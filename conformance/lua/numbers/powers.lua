for _, a in ipairs {2, -2, 0, 0.5, 10} do
  for _, b in ipairs {0, 1, 2, -1, 0.5, 10, 3} do
    local r = a ^ b
    print(a, b, r == r and r or "nan")
  end
end
print(2 ^ 3 ^ 2, -2 ^ 2, 2 ^ -1, (-2) ^ 2)
print(2 ^ 63, 2 ^ 64, 2 ^ 1023, 2 ^ 1024, 2 ^ -1074, 2 ^ -1075)
