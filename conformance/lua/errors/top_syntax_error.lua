-- A program that does not even begin.
print("never printed")
local x = = 1
