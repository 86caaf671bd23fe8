-- Each conversion with each combination of flags, with and without width and precision.
local flags = {"", "-", "+", " ", "#", "0", "-+", "- ", "+0", " 0", "#0", "-#", "+#0", "-+ #0"}
local sizes = {"", "5", "12", ".0", ".3", ".10", "8.3", "12.0", "2.1", "99", ".99", "1.99"}
local values = {d = {0, 5, -42, 123456789}, i = {-1}, u = {7}, o = {8, 0}, x = {255, 0}, X = {48879}, c = {65}, e = {0, 1.5, -1e10}, E = {1e-5}, f = {0, -2.5, 1e15}, g = {0, 1e20, 0.0001, 100000}, G = {1e-10}, s = {"text"}}
local order = {"d", "i", "u", "o", "x", "X", "c", "e", "E", "f", "g", "G", "s"}
for _, c in ipairs(order) do
  for _, f in ipairs(flags) do
    for _, s in ipairs(sizes) do
      for _, v in ipairs(values[c]) do
        local fmt = "%" .. f .. s .. c
        print(fmt, pcall(string.format, fmt .. "|", v))
      end
    end
  end
end
