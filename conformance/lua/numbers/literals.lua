print(0x10, 0xA, 0Xff, 0xffffffff, 0x100000000)
print(1e2, 1E2, 1e+2, 1e-2, .5, 5., 3.0, 0.5e1, 1e0)
print(3, 3.5, 31416e-4, 0.31416E1)
print(00012, 0.0, 1e308 * 10, -1e308 * 10)
print(9007199254740993, 123456789012345678901234567890)
for _, s in ipairs {"1..2", "0xg", "1e", "3x", "0x", "1.2.3", "1e5.5", "0x1.8", "1e+", ".e1", "3_4", "0x1p", "12a", "1e1x"} do
  print(s, select(2, loadstring("return " .. s)))
end
