-- Binary trees: many small tables that are garbage soon.
local function make(depth)
  if depth == 0 then
    return {}
  end
  return { left = make(depth - 1), right = make(depth - 1) }
end
local function check(tree)
  if tree.left then
    return 1 + check(tree.left) + check(tree.right)
  end
  return 1
end
local long = make(14)
local nodes = 0
for depth = 4, 14, 2 do
  local count = 2 ^ (16 - depth)
  for _ = 1, count do
    nodes = nodes + check(make(depth))
  end
end
print(nodes, check(long))
