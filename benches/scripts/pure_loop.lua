-- 100 000 turns of arithmetic.
-- calls: 4
local n = 0
for i = 1, 100000 do
  n = (n * 31 + i) % 1000003
end
return n
