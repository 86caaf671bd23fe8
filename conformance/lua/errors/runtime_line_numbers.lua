-- The line of an error in an expression over several lines.
local t = {}
print(pcall(function()
  local a = 1 +
    2 +
    t
end))
print(pcall(function()
  return t.a
    .b
    .c
end))
print(pcall(function()
  t.f(
    1,
    2
  )
end))
print(pcall(function()
  t
    .f(
      1)
end))
print(pcall(function()
  local x = {
    a = 1,
    b = nil .. "x",
  }
end))
print(pcall(function()
  print("a"
    ..
    nil)
end))
print(pcall(function()
  if t < 1
  then
  end
end))
print(pcall(function()
  for i = 1,
    "x" do
  end
end))
print(pcall(function()
  local s = ([[
  ]]) + 1
end))
