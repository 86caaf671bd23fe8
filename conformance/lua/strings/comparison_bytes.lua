local w = {"", "a", "A", "b", "aa", "a\0", "a\0b", "\0", "\255", "\128", "Z", "z", "0", "10", "9", " "}
table.sort(w)
for i, s in ipairs(w) do print(i, string.format("%q", s)) end
print("a" < "B", "a" < "b", "a\0a" < "a\0b", "a" <= "a", "\200" > "a")
