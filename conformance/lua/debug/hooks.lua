-- Hooks: which events come, in which order, and what they may do.
local function trace(body, mask, count)
  local out = {}
  local f = assert(loadstring(body, "=x"))
  debug.sethook(function(e, l) out[#out+1] = e:sub(1,1) .. (l or "") end, mask, count)
  f()
  debug.sethook()
  print(table.concat(out, " "))
end
trace("for i=1,3 do a=i end", "l")
trace("for i=1,3 do\n a=i\n end", "l")
trace("for i=1,3 do end", "l")
trace("local function f()\n return 1\nend\nf()\nlocal x=f() + f()", "crl")
trace("local function f(n)\n if n == 0 then return 1 end return f(n-1)\nend\nf(3)", "crl")
trace("for k,v in pairs{1,2} do a=k end", "l")
trace("for k,v in pairs{1,2} do\n a=k\n end", "crl")
trace("local i=0 while i<3 do i=i+1 end", "l")
trace("local i=0\nwhile i<3 do\n i=i+1\n end", "l")
trace("local i=0\nrepeat i=i+1\nuntil i==3", "l")
trace("if 1\n==2 then\n a=1\nelse\n a=2\nend", "l")
trace("a = {1,\n2,\n3}\nb=a[1]\n+a[2]\n..'x'", "l")
trace("local a\n=1\nlocal b = function() end", "l")
trace("pcall(error, 'x') pcall(function() error'y' end)", "cr")
trace("local c=coroutine.wrap(function() coroutine.yield(1) end) c() c()", "cr")
debug.sethook(print, "l", 5)
debug.sethook()
print(select(2, debug.gethook()))
-- errors in hooks
print(pcall(function() debug.sethook(function(e, l) debug.sethook() error("in hook " .. e) end, "l")
 local x = 1 end))
debug.sethook()
print(type(select(2, pcall(function() debug.sethook(function(e, l) debug.sethook() error({}) end, "", 1) while true do end end))))
debug.sethook()
-- info inside
debug.sethook(function(e, l) local i = debug.getinfo(2, "nSl") print(e, l, i.name, i.what, i.currentline, i.short_src:sub(-5)) end, "crl")
local function f(a) local b = a + 1
  return b end
f(3)
math.floor(2.5)
debug.sethook()
-- locals changed by a hook
local function g() local x = 1
  x = x
  return x
end
debug.sethook(function(e, l) if debug.getlocal(2, 1) == "x" then debug.setlocal(2, 1, 42) end end, "l")
local r = g()
debug.sethook()
print(r)
-- other threads
local co = coroutine.create(function() local a = 1
  coroutine.yield()
  a = 2
end)
local lines = {}
debug.sethook(co, function(e, l) lines[#lines + 1] = e .. l end, "l")
coroutine.resume(co) coroutine.resume(co)
print(table.concat(lines, " "), debug.gethook(co) ~= nil, select(2, debug.gethook(co)))
print(debug.gethook())
print(pcall(debug.sethook, print)) print(pcall(debug.sethook, 1, "l")) print(pcall(debug.sethook, print, "l", "x"))
-- yielding from a hook
local co = coroutine.create(function() debug.sethook(function() coroutine.yield() end, "l")
 local a = 1
end)
print(coroutine.resume(co))
-- nesting
local n = 0
debug.sethook(function() n = n + 1; local t = {} for i = 1, 3 do t[i] = i end end, "l")
for i = 1, 3 do
  local s = ("x"):rep(3):gsub("x", function(c) return c end)
end
debug.sethook()
print(n)
