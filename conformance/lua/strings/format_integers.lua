for _, n in ipairs {0, 1, -1, 42, -42, 255, 65535, 2 ^ 31, 2 ^ 31 - 1, -2 ^ 31, 2 ^ 32, 2 ^ 53, 3.7, -3.7} do
  print(string.format("[%d] [%5d] [%-5d] [%05d] [%+d] [% d] [%.3d] [%8.3d]", n, n, n, n, n, n, n, n))
  print(string.format("[%i] [%x] [%X] [%#x] [%o] [%#o] [%u]", n, n % 2 ^ 32, n % 2 ^ 32, n % 2 ^ 32, n % 2 ^ 32, n % 2 ^ 32, n % 2 ^ 32))
end
print(string.format("%c%c%c", 72, 105, 33), string.format("%5c|%-5c|", 65, 66))
print(string.format("%c", 0) == "\0", #string.format("a%cb", 0))
print(string.format("%x", -1), string.format("%d", "10"), string.format("%d", " 0x10 "))
print(pcall(string.format, "%5%|%%"))
