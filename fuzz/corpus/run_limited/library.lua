local t = {5, 3, 9} table.sort(t, function(a, b) return a > b end) table.insert(t, 1, 2) table.remove(t)
print(table.concat(t, ","), ("x"):rep(10), ("%5.2f %q %s"):format(1, "a\n", "b"), unpack(t, 1, 3), select(-1, 1, 2))
print(("hello"):gsub("l+", {l = "L"}), ("k=v"):match("(%w+)=(%w+)"), loadstring("return ...")(1), tonumber("z", 36))
for w in ("a b"):gmatch("%a") do string.byte(w, 1, -1) end math.random(1, 3) string.dump(print and function() end)
