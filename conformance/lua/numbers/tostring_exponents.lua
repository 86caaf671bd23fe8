-- The shortest of fourteen digits at every power of ten and of two.
for e = -330, 310 do local n = tonumber("1e" .. e) print(e, n, -n, n * 3, n / 7, n * 1.2345678901234567) end
for e = -1080, 1024, 9 do print(e, 2 ^ e, -(2 ^ e), 2 ^ e - 1, 2 ^ e + 0.1) end
