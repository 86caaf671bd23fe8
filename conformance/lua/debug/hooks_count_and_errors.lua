-- Hooks that raise errors or stop loops, and hooks inside coroutines.
local function stop(n) local c = 0 debug.sethook(function() c = c + 1 if c >= n then error("stopped", 0) end end, "", 100) end stop(50) print(pcall(function() while true do end end)) debug.sethook() stop(50) print(pcall(function() local function f() return f() end f() end)) debug.sethook() stop(50) print(pcall(function() for i = 1, math.huge do end end)) debug.sethook() stop(50) print(pcall(function() repeat until false end)) debug.sethook() local lines = {} debug.sethook(function(e, l) lines[#lines + 1] = l end, "l") local function f()
  local a = 1
  if a == 2 then
    a = 3
  elseif a == 1 then
    a = 4
  end
  for i = 1, 2 do
    a = a + i
  end
  local t = {
    1,
    2,
  }
  while a > 5 do
    a = a - 1
  end
  return a
end
f() debug.sethook() print(table.concat(lines, " ")) local depth, max = 0, 0 debug.sethook(function(e) if e == "call" then depth = depth + 1 elseif e == "return" or e == "tail return" then depth = depth - 1 end if depth > max then max = depth end end, "cr") local function r(n) if n > 0 then r(n - 1) end end r(20) pcall(error) local function t(n) if n > 0 then return t(n - 1) end end t(5) debug.sethook() print(depth, max) local co = coroutine.wrap(function() debug.sethook(function(e, l) error("hooked in coroutine", 0) end, "l")
  local x = 1
end) print(pcall(co)) print(debug.gethook()) local names = {} debug.sethook(function() local i = debug.getinfo(2, "n") names[#names + 1] = i.name or "?" end, "c") local o = {m = function() end, [1] = function() end} o.m() o:m() o[1]() string.len("x") debug.sethook() print(table.concat(names, " "))
