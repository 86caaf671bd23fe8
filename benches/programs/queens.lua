-- Eight queens and a sieve: branches, comparisons and arrays of booleans.
local n = 8
local solutions = 0
local columns, up, down = {}, {}, {}
local function place(row)
  if row > n then
    solutions = solutions + 1
    return
  end
  for c = 1, n do
    if not columns[c] and not up[row + c] and not down[row - c + n] then
      columns[c], up[row + c], down[row - c + n] = true, true, true
      place(row + 1)
      columns[c], up[row + c], down[row - c + n] = false, false, false
    end
  end
end
place(1)
local primes = 0
for _ = 1, 30 do
  local composite = {}
  primes = 0
  for i = 2, 80000 do
    if not composite[i] then
      primes = primes + 1
      for j = i * i, 80000, i do
        composite[j] = true
      end
    end
  end
end
print(solutions, primes)
