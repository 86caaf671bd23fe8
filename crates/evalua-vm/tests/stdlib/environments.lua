-- getfenv and setfenv.
-- Addresses are not the same in two runs.
local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...))):gsub("0x%x+", "ADDRESS")
  end
  print(table.concat(texts, "\t"))
end
local function try(...) show(pcall(...)) end
-- The name of a function is in its errors only where it is called by name.
local function run(source)
  local chunk, message = loadstring(source, "=run")
  if not chunk then return show("syntax", message) end
  local t = {pcall(chunk)}
  show(source, unpack(t, 1, table.maxn(t)))
end

show(getfenv(0) == _G, getfenv(print) == _G, getfenv() == _G, getfenv(1) == _G, getfenv(nil) == _G)
run"getfenv(-1)" run"getfenv(100)" run"getfenv({})" run"getfenv('1')" run"getfenv('x')" run"setfenv(1)" run"setfenv(print, {})" run"setfenv('x', {})" run"setfenv(100, {})"
run"setfenv(-1, {})" run"setfenv(nil, {})" run"setfenv(function() end, nil)" run"setfenv(function() end)" run"setfenv({}, {})"
do
  local function f() return x end
  show(setfenv(f, {x = 1}) == f, f(), getfenv(f).x)
  local env = {x = 2, getfenv = getfenv, setfenv = setfenv}
  setfenv(f, env) show(f(), getfenv(f) == env)
  local function g() setfenv(1, {y = 3}) return y end
  show(g()) show(pcall(g))
  local function h() local function inner() setfenv(2, {z = 4}) end inner() return z end
  show(pcall(h))
  local function outer() return (getfenv(2)) end
  show(outer() == _G)
end
do
  local function tail() return getfenv(2) end
  run"local function tail() return (getfenv(2)) end return (function() return tail() end)() == _G"
  run"local function tail() setfenv(2, {}) end (function() return tail() end)()"
  run"local function tail() setfenv(3, {}) end (function() return tail() end)()"
end
do
  local co = coroutine.create(function() setfenv(0, {q = 5, show = show}) show(getfenv(0).q, getfenv(1) == _G) end)
  show(coroutine.resume(co)) show(getfenv(0) == _G)
end
do
  local f = setfenv(loadstring("a = 1; b = a + 1; return function() return a + b end"), {})
  local g = f() show(g(), getfenv(g).a, getfenv(g).b, a, b)
end
run"setfenv(1, setmetatable({}, {__index = function(_, k) return k .. '!' end})) return undefined"
