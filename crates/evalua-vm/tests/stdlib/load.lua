-- Loading of chunks from strings and reader functions.
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

try(loadstring, "x x") try(loadstring) try(loadstring, {}) try(loadstring, "x x", "=name") try(loadstring, "x x", "@name") try(loadstring, "x x", "name")
try(loadstring, "return 1", "@foo\0bar") try(loadstring, "x x", "=foo\0bar") try(loadstring, "\n\nx x", "line one\nline two") try(loadstring, "x = = 1")
try(loadstring, 12) try(loadstring, "return ...") show(loadstring("return ...")(1, 2, 3)) show(loadstring("")()) show(loadstring("return 'a\\0b'")() == "a\0b")
try(loadstring, ("x"):rep(100) .. " = = ") try(loadstring, "x x", ("n"):rep(100)) try(loadstring, "x x", "=" .. ("n"):rep(100)) try(loadstring, "x x", "@" .. ("n"):rep(100))
try(load) try(load, "x") try(load, function() error("oops") end) try(load, function() error({}) end) try(load, function() return {} end)
try(load, function() return nil end) try(load, function() return "" end) try(load, function() return end)
local function pieces(...)
  local t, i = {...}, 0
  return function() i = i + 1 return t[i] end
end
show(load(pieces("return ", "1 ", "+ 2"))()) show(load(pieces("re", "turn", " 'x' .. ", 5))()) show(load(pieces("return 1", "", " + 2"))())
try(load, pieces("x =", "= 1")) try(load, pieces("x =", "= 1"), "=name") try(load, pieces("x x"), nil) try(load, pieces(1, 2))
try(load, pieces("x ="), {}) try(load, pieces("return 1"), 5)
show(load(pieces("local a, b = ... return b, a"))(1, 2))
run"load(nil)" run"loadstring(nil)"
run"return load(function() coroutine.yield() end)"
-- The function that dump's text came from cannot be had back: no bytecode is read.
show(type(string.dump(function() end)), string.dump(function() end):sub(1, 4) == "\27Lua") run"string.dump(print)" run"string.dump()" run"string.dump(1)"
