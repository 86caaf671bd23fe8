-- Arrays of arrays: products of square matrices.
local n = 110
local function make(seed)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      row[j] = (i * seed + j) % 10 - 4.5
    end
    m[i] = row
  end
  return m
end
local function multiply(a, b)
  local c = {}
  for i = 1, n do
    local row, ai = {}, a[i]
    for j = 1, n do
      local sum = 0
      for k = 1, n do
        sum = sum + ai[k] * b[k][j]
      end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end
local a, b = make(3), make(7)
local trace = 0
for _ = 1, 8 do
  local c = multiply(a, b)
  for i = 1, n do
    trace = trace + c[i][i]
  end
  a, b = b, make(trace % 11)
end
print(trace)
