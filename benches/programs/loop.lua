-- Arithmetic on locals in a numeric loop.
local sum, product = 0, 1
for i = 1, 20000000 do
  sum = sum + i % 7 * 3
  product = product * 1.0000001 - i / 1e12
end
print(sum, product)
