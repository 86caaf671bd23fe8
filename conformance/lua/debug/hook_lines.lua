-- Which instructions begin a line.
local function trace(body, mask, count)
  local out = {}
  local f = assert(loadstring(body, "=x"))
  debug.sethook(function(e, l) out[#out+1] = e:sub(1,1) .. (l or "") end, mask, count)
  f()
  debug.sethook()
  print(table.concat(out, " "))
end
trace([[local a
a=1
while a<=3 do
  a=a+1
end
]],"l")
trace([[a=1 while a<=3 do a=a+1 end]],"l")
trace([[local a
a=1
while a<=3 do
  a=a+1
  if a == 2 then break end
end
]],"l")
trace("local a, b\nlocal c = 1", "l")
trace("return (function(x)\n local y\n return y\nend)(1)", "crl")
trace("return (function(...)\n local y\n return ...\nend)(1)", "crl")
trace("local t = {}\nfor i = 3, 1, -1 do\n  t[i] = i\nend\nfor i = 1, 0 do\nend", "l")
trace("local function f(...) return select('#', ...) end\nlocal a = f(f(1, 2), 3)\nf(unpack{1, 2})", "crl")
local lines = {}
for line in pairs(debug.getinfo(loadstring("local a, b\n\nlocal c = 1\n\nreturn c"), "L").activelines) do lines[#lines + 1] = line end
table.sort(lines)
print(table.concat(lines, " "))
