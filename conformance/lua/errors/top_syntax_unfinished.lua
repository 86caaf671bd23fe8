-- A program that ends too early.
print("never printed")
if true then
  while x do
    f(
