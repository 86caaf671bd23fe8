for _, n in ipairs {0, 1, -1, 0.1, 1 / 3, 123456.789, 1e10, 1e100, 1e-10, 1 / 0, -1 / 0, 2.5, 3.5, 0.05, 99.995} do
  print(string.format("[%f] [%.0f] [%.2f] [%10.3f] [%-10.1f] [%+.1f] [%010.2f]", n, n, n, n, n, n, n))
  print(string.format("[%e] [%.0e] [%.3E] [%12.2e]", n, n, n, n))
  print(string.format("[%g] [%.3g] [%.10g] [%G] [%#g] [%.17g] [%10g]", n, n, n, n, n, n, n))
end
print(string.format("%.14g %.16g %.20f", 0.1, 0.1, 0.1))
print(string.format("%.99f", 1 / 3))
print(string.format("%5.1f|%5.1f", 1e15, -0.04))
