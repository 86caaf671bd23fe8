-- The Mandelbrot set: floating-point arithmetic in nested while loops.
local size = 220
local inside = 0
for py = 0, size - 1 do
  local ci = 2 * py / size - 1
  for px = 0, size - 1 do
    local cr = 2 * px / size - 1.5
    local zr, zi, n = 0, 0, 0
    while n < 100 and zr * zr + zi * zi < 4 do
      zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
      n = n + 1
    end
    if n == 100 then
      inside = inside + 1
    end
  end
end
print(inside)
