-- Case, reversal, length and comparison for every byte.
for b = 0, 255 do local c = string.char(b) print(b, c:upper():byte(), c:lower():byte(), (c .. "a"):reverse():byte(1, 2), #c, c < "a", c <= "Z", c == string.char(b), ("%q"):format(c):byte(1, -1)) end
