-- With many constants and locals, operands move to registers of their own.
local function e(source, ...)
  local f, m = loadstring(source, "=c")
  if not f then print(m) return end
  local m = select(2, pcall(f, ...))
  print(type(m) == "string" and m or type(m))
end
local consts = {}
for i = 1, 300 do consts[i] = ("g%d = %d.5"):format(i, i) end
local many = table.concat(consts, "\n") .. "\n"
e(many .. "local t = {} t.late()")
e(many .. "local t = {} t.late.x = 1")
e(many .. "local t = {} return t.late + 1")
e(many .. "local t = {} return 777 + t.late")
e(many .. "late()")
e(many .. "late.x = 1")
e(many .. "local t = {} t:late()")
e(many .. "return ('x') .. late")
e(many .. "return late < 'x'")
e(many .. "local t t.late = 1")
e(many .. "local t t['late'] = 1.25")
e(many .. "local t return t.late")
e(many .. "local s = 'x' return s + 'late'")
e(many .. "return 'late' + 1")
e(many .. "return -'late'")
local locals = {}
for i = 1, 190 do locals[i] = "local l" .. i .. " = " .. (i % 7 == 0 and "nil" or i) end
local l = table.concat(locals, "\n") .. "\n"
e(l .. "return l7()")
e(l .. "return l14 + l15")
e(l .. "return l15 + l14")
e(l .. "return l189.x")
e(l .. "return l188.x.y")
e(l .. "return l188 .. l189 .. l190")
e(l .. "return l1(l2).x")
e(l .. "return #l3")
e(l .. "return function() return l7.x end")
e(l .. "return (function() return l7.x end)()")
e(l .. "return (function() return l8.x.y end)()")
