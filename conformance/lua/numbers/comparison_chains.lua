print(1 < 2, 2 < 1, 1 <= 1, 1 >= 2, 1 ~= 1, 1 == 1.0, "a" == "a")
print(1 < 2 == true, not (1 == 2), not nil == true, not not 0)
print(1 and 2, nil and 1, false or nil, nil or false, 1 or error("no"), nil and error("no"))
print(0 and "zero is true", "" and "empty is true")
local a, b = 1, nil
print(a and b or "c", a or b and "c", (a and b) == nil)
print(2 ^ 53 == 2 ^ 53 + 1, 0.1 + 0.2 == 0.3)
