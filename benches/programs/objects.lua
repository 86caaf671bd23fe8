-- Classes with inheritance through __index, operators and __tostring.
local Shape = {}
Shape.__index = Shape
function Shape.new(class, x, y)
  return setmetatable({ x = x, y = y }, class)
end
function Shape:move(dx, dy)
  self.x, self.y = self.x + dx, self.y + dy
  return self
end
function Shape:area()
  return 0
end
local Square = setmetatable({}, { __index = Shape })
Square.__index = Square
function Square.new(x, y, side)
  local s = Shape.new(Square, x, y)
  s.side = side
  return s
end
function Square:area()
  return self.side * self.side
end
local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b)
  return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Vector)
end
Vector.__eq = function(a, b)
  return a.x == b.x and a.y == b.y
end
Vector.__tostring = function(v)
  return "(" .. v.x .. "," .. v.y .. ")"
end
local shapes = {}
for i = 1, 100 do
  shapes[i] = i % 2 == 0 and Square.new(i, i, i % 7) or Shape.new(Shape, i, -i)
end
local area = 0
for round = 1, 12000 do
  for i = 1, #shapes do
    area = area + shapes[i]:move(1, -1):area()
  end
end
local sum = setmetatable({ x = 0, y = 0 }, Vector)
local one = setmetatable({ x = 1, y = 2 }, Vector)
local equal = 0
for i = 1, 250000 do
  sum = sum + one
  if sum == one then
    equal = equal + 1
  end
end
print(area, shapes[3].x, tostring(sum), equal)
