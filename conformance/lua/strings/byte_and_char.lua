print(("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1), ("abc"):byte(10), (""):byte())
print(("abc"):byte(1, -1)) print(("abc"):byte(2, 3)) print(("abc"):byte(0)) print(("abc"):byte(3, 1))
print(select("#", ("abc"):byte(4)), select("#", ("abc"):byte(1, 0)))
print(string.char(), string.char(97, 98, 99), #string.char(0, 255, 10))
print(string.char(65.9), pcall(string.char, 256), pcall(string.char, -1))
print(("\200\255\0"):byte(1, 3))
for i = 0, 255, 51 do print(i, string.char(i):byte()) end
