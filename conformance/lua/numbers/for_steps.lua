local function run(a, b, c)
  local r = {}
  for i = a, b, c do r[#r + 1] = tostring(i) if #r > 20 then break end end
  print(a, b, c, #r, table.concat(r, " "))
end
run(1, 5, 1) run(5, 1, -1) run(1, 5, 2) run(5, 1, 1) run(1, 5, -1) run(1, 1, 1) run(0, 1, 0.1) run(1, 0, -0.25)
run(1, 3, 0.5) run(-3, 3, 1) run(1, math.huge, 1e300) run(1, 2, math.huge) run(1, -math.huge, -1e308)
run(0.1, 0.5, 0.1) run(3, 3.9, 1) run(2 ^ 53, 2 ^ 53 + 4, 1) run(1, 10, 3) run(10, 1, -3) run(1, 0, 1)
run(1, 5, 0)
run(-math.huge, 0, 1)
