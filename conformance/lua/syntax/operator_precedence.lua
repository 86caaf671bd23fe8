print(1 + 2 * 3, (1 + 2) * 3, 2 * 3 + 1, 2 ^ 3 ^ 2, (2 ^ 3) ^ 2, -2 ^ 2, not nil == true, not (nil == true), 1 .. 2 .. 3, "a" .. "b" == "ab", 1 + 1 .. "", 2 * 2 .. 3 * 3, #"abc" + 1, -#"abc", not #"" == 0, 1 < 2 == true, "x" < "y" == not false)
print(1 or 2 and 3, (1 or 2) and 3, nil and 1 or 2, false == nil, not 1 == 2, not not nil, - - 2, -(-2), 2 - -2, 5 - 3 - 1, 100 / 10 / 2, 7 % 4 % 2, 2 ^ -1, -3 % 5, -(3 % 5), (-3) % 5, - 3 ^ 2 % 5)
print(1 == 1 and 2 == 2 or error(), nil == false, 1 <= 1 and 2 >= 3 or "no", "10" + 1 .. 2, 3 .. 4 + 1, 2 .. "" + 3)
