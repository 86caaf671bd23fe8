-- Reads and writes of globals, and calls of global functions.
counter, step, limit = 0, 3, 1000
function bump(by)
  counter = counter + by
  if counter > limit then
    counter = counter - limit
    wraps = (wraps or 0) + 1
  end
  return counter
end
total = 0
for i = 1, 2000000 do
  total = total + bump(step) + math.abs(-i) % 2
end
print(counter, wraps, total)
