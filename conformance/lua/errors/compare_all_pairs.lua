-- Every pair of kinds under < and <=.
local values = {
  {"nil", nil}, {"true", true}, {"1", 1}, {"'a'", "a"}, {"table", {}}, {"function", print},
  {"lua function", function() end}, {"thread", coroutine.create(function() end)}, {"proxy", newproxy()}, {"file", io.stdout},
}
for _, a in ipairs(values) do
  for _, b in ipairs(values) do
    local x, y = a[2], b[2]
    print(a[1], b[1],
      select(2, pcall(function() return x < y end)),
      select(2, pcall(function() return x <= y end)),
      select(2, pcall(function() return x > y end)),
      select(2, pcall(function() return not (x >= y) end)))
  end
end
