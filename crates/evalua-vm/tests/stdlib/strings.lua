-- Functions of the string library but for patterns and format.
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

local s = "hello"
for _, i in ipairs{-10, -6, -5, -1, 0, 1, 3, 5, 6, 10, 2^31, -2^31, 2^40, 1/0, -1/0, 2.7, -2.7} do
  show(i, s:sub(i), s:byte(i))
  for _, j in ipairs{-10, -5, -1, 0, 1, 3, 5, 6, 2^31, -2^40, 1/0} do show(i, j, s:sub(i, j), s:byte(i, j)) end
end
run"return ('x'):sub()" run"return ('x'):sub('a')" run"return string.sub()" run"return string.sub({}, 1)" run"return (5):sub(1)" run"return string.sub(12345, 2, 3)"
run"return ('x'):sub('1')" run"return ('x'):byte({})" run"return ''.byte('')" run"return select('#', (''):byte())" run"return select('#', ('x'):rep(7990):byte(1, -1))"
run"return ('x'):rep(8000):byte(1, -1)" run"return ('x'):rep(7997):byte(1, -1) == 120" run"return ('x'):rep(7998):byte(1, -1)"
run"return string.char()" run"return string.char(72, 105)" run"return string.char(256)" run"return string.char(-1)" run"return string.char(1, 2, 'x')" run"return string.char('65', 66.9)" run"return string.char(2^32 + 65)"
run"return string.len()" run"return string.len(12)" run"return ('a\\0b'):len()" run"return string.len({})"
run"return ('ab'):rep(3), ('ab'):rep(0), ('ab'):rep(-1), (''):rep(10), ('x'):rep(2.9)" run"return string.rep()" run"return string.rep('x')" run"return string.rep('x', {})" run"return #string.rep('x', 2^32 + 3)"
run"return #string.rep('ab', 1e6)" run"return #string.rep('', 1e9)"
run"return ('Hello World 123'):upper(), ('Hello World 123'):lower(), ('abc'):reverse(), (''):reverse()" run"return string.upper()" run"return string.reverse()" run"return string.upper(12e20)"
local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
show(all:upper() == all:gsub("%l", function(c) return string.char(c:byte() - 32) end)) show(all:lower() == all:gsub("%u", function(c) return string.char(c:byte() + 32) end)) show(#all, all:reverse():byte(1, 3))
show(string.gfind == string.gmatch) show(("x").len == string.len, ("x").y) run"return ('x').y.z" run"return ('x'):y()"
run"local s = 'x'; s.y = 1"
for k in pairs(string) do show(k) end
