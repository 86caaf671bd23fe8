-- %o, %u, %x, %X of negative and fractional numbers.
for _, v in ipairs{0, 1, 7, 8, 15, 255, 256, 65535, 2^31, 2^32 - 1, 2^32, 2^40, 2^52, 2^53, -1, -2, -255, -2^31, 1.5, 1.999, 0.5, "10", "0x1F", " 12 "} do
  for _, f in ipairs{"%x", "%X", "%o", "%u", "%#x", "%#X", "%#o", "%08x", "%-8x|", "%.8x", "%12.6o"} do
    print(f, v, pcall(string.format, f, v))
  end
end
