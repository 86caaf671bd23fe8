-- string.format with each of the usual directives, tostring and tonumber.
local length, sum = 0, 0
for i = 1, 200000 do
  local s = string.format("%d %5d %-8s|%05.2f|%x %s", i, i % 1000, "k" .. i % 7, i / 3, i, tostring(i % 2 == 0))
  length = length + #s
  length = length + #string.format("%g %q", i / 8, s)
  length = length + #tostring(i) + #tostring(i / 4)
  sum = sum + tonumber(tostring(i)) + tonumber("0x" .. string.format("%04x", i % 65536), 16)
end
print(length, sum)
