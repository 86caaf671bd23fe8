-- Starting positions beyond both ends, plain searches with specials, empty patterns.
for _, s in ipairs{"", "a", "hello", "a.b.c", "x\0y\0z"} do
  for _, p in ipairs{"", "a", "l", ".", "%.", "\0", "z", "hello!", "^", "$", "^a"} do
    for _, init in ipairs{-10, -6, -5, -2, -1, 0, 1, 2, 5, 6, 7, 100} do
      local a = {s:find(p, init)} local b = {s:find(p, init, true)} local c = s:match(p, init)
      print((s:gsub("%z", "0")), (p:gsub("%z", "0")), init, a[1], a[2], b[1], b[2], c and #c)
    end
  end
end
print(("abc"):find("b", nil, true), ("abc"):find("b", 1, nil), ("abc"):find("b", 1, false), ("a.c"):find(".", 1, 0), pcall(string.find, "x", "x", "y"), pcall(string.find, "x"), pcall(string.find, "x", "x", {}))
print(("abc"):find("c", 1.9), ("abc"):find("c", "2"), ("abc"):find("a", 2^31), ("abc"):find("a", -2^31), ("abc"):find("", 1e10), ("abc"):match("", 4), ("abc"):match("", 5))
