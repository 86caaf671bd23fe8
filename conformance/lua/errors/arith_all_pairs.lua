-- Every pair of kinds under each operator.
local values = {
  {"nil", nil}, {"true", true}, {"2", 2}, {"'3'", "3"}, {"'0x10'", "0x10"}, {"' 7 '", " 7 "}, {"'a'", "a"}, {"''", ""}, {"table", {}}, {"function", print},
  {"thread", coroutine.create(function() end)}, {"proxy", newproxy()},
}
local operators = {"+", "-", "*", "/", "%", "^", ".."}
for _, op in ipairs(operators) do
  local f = loadstring("local x, y = ... return x " .. op .. " y", "=op")
  for _, a in ipairs(values) do
    for _, b in ipairs(values) do
      print(a[1], op, b[1], (select(2, pcall(f, a[2], b[2]))))
    end
  end
end
for _, a in ipairs(values) do
  local x = a[2]
  print("-" .. a[1], (select(2, pcall(function() return -x end))))
  if type(x) ~= "table" then print("#" .. a[1], (select(2, pcall(function() return #x end)))) end
end
