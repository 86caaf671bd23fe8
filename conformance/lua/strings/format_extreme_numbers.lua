-- Infinities, NaN, huge, tiny and negative zero in every conversion.
local values = {1/0, -1/0, -0.0, 0, 2^31, 2^31 - 1, -2^31, -2^31 - 1, 2^32, 2^53, 2^63, -2^63, 2^64, 1e300, -1e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1/3, 2/3, 0.5, 1.5, 2.5, 1e21, 123456789012345678}
for _, f in ipairs{"%d", "%5.3d", "%i", "%c", "%e", "%.0e", "%.20e", "%E", "%f", "%.0f", "%.1f", "%.30f", "%g", "%.0g", "%.1g", "%.14g", "%.17g", "%.30g", "%#g", "%#.3g", "%G", "%+.3g", "%020.3f", "%-20.3f|", "%s", "%q", "%5s", "%.3s"} do
  for _, v in ipairs(values) do
    local undefined = (f == "%d" or f == "%5.3d" or f == "%i" or f == "%c") and (v >= 2^63 or v < -2^63 or v ~= v)
    if not undefined then print(f, v, (string.format(f, v):gsub("%z", "\\0"))) end
  end
end
print(string.format("%5s|%-5s|%05d|%+d", 1/0, -1/0, 7, 7))
