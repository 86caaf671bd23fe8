-- find, match, gmatch and gsub.
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

for _, init in ipairs{-10, -3, -1, 0, 1, 2, 3, 4, 10, 2^40, -2^40} do
  show(init, ("abc"):find("b", init)) show(("abc"):find("", init)) show(("abc"):find(".", init)) show(("abc"):match("()", init)) show(("abc"):find("^b", init)) show(("abc"):find("$", init)) show(("abc"):find("b", init, true))
end
show(("a.b"):find(".", 1, true)) show(("a.b"):find(".", 2, true)) show(("a+b"):find("+", 1, true)) show(("a+b"):find("a+", 1, false)) show(("a+b"):find("a+", 1, nil)) show(("a\0b"):find("\0")) show(("a\0b"):find("%z"))
show(("a\0b*"):find("b*", 1, true)) show(("abc"):find("")) show((""):find("")) show((""):find("", 2)) show(("abc"):find("abcd"))
run"return string.find()" run"return string.find('a')" run"return string.find({}, 'a')" run"return string.find('a', {})" run"return string.find('a', 'a', 'x')" run"return string.find(123, 2)" run"return ('x'):find()"
run"return ('x'):find('[a')" run"return ('x'):match('%')" run"return ('x'):match('(x')" run"return ('x'):match('x)')" run"return ('x'):match('%1')" run"return ('x'):gsub('(x', 'y')" run"for a in ('x'):gmatch('(x') do end"
run"return ('x'):match('%bx')" run"return ('x'):match('%f')" run"return ('x'):gsub('x', '%2')" run"return ('x'):gsub('(x)', '%2')" run"return ('x'):gsub('x', '%1')" run"return ('x'):gsub('()', '%1')"
show(("key = value"):match("^(%w+)%s*=%s*(%w+)$")) show(("key = value"):match("%w+")) show(("key"):match("(k)(e)(y)")) show(("x"):match("y")) show(("  trim  "):match("^%s*(.-)%s*$") .. "|") show(("abc"):match("()b()"))
show(("x"):match("(x)()", 1)) show(("hello"):match(".-(l+)")) show(("[[x]]"):match("%[%[(.-)%]%]")) show(("f(a(b)c)d"):match("%b()")) show(("THE (quick) fox"):find("%((%a+)%)"))

for a in ("one two  three"):gmatch("%a+") do show(a) end
for a, b in ("k1=v1, k2=v2"):gmatch("(%w+)=(%w+)") do show(a, b) end
for p in ("abc"):gmatch("()") do show(p) end
for a in ("abc"):gmatch("") do show("[" .. a .. "]") end
for a in ("aXbXc"):gmatch("[^X]*") do show("[" .. a .. "]") end
for a in ("^a^a"):gmatch("^a") do show(a) end
run"string.gmatch()" run"string.gmatch('x')" run"string.gmatch({}, 'x')" run"return type(string.gmatch('x', 'x'))" run"local f = string.gmatch('ab', '.') return f(), f(), f(), f()"
run"local f = string.gmatch('ab', '.') return select('#', f(), f(), f())"

show(("abc"):gsub("b", "X")) show(("abc"):gsub("", "-")) show(("abc"):gsub(".", "%0%0")) show(("abc"):gsub("(a)(b)", "%2%1")) show(("abc"):gsub("%w", "%%%0")) show(("abc"):gsub("b", "%")) show((("abc"):gsub("b", "%")) == "a\0c")
show(("abc"):gsub("b", "%x")) show(("abc abc"):gsub("b", "X", 1)) show(("abc abc"):gsub("b", "X", 0)) show(("abc abc"):gsub("b", "X", -1)) show(("abc abc"):gsub("b", "X", 10)) show(("abc"):gsub("^a", "X")) show(("aaa"):gsub("^a", "X")) show(("abc"):gsub("c$", "X"))
show(("abc"):gsub("b", 5)) show(pcall(string.gsub, "abc", "%w", {a = "1", b = true, c = false}))
show(("abc"):gsub("%w", {a = 1, b = false})) show(("abc"):gsub("(a)(b)", {a = "x"})) show(("abc"):gsub("()", {"x", "y"})) show(("$name is $age"):gsub("%$(%w+)", {name = "Bob", age = 42}))
show(("abc"):gsub("%w", function(c) if c == "b" then return nil end return c:upper() end)) show(("abc"):gsub("(a)(b)", function(...) return select("#", ...) end)) show(("abc"):gsub("a()", function(p) return p end)) show(("abc"):gsub("b", function() end)) show(("abc"):gsub("b", function() return false end))
show(("abc"):gsub("%w", setmetatable({}, {__index = function(_, k) return k .. k end}))) show(("hello world"):gsub("o", "0", "1")) show(("abc"):gsub("b*", "-")) show(("abc"):gsub("x*", "-")) show(("a b c"):gsub("%s+", ""))
run"return ('x'):gsub()" run"return ('x'):gsub('x')" run"return ('x'):gsub('x', true)" run"return ('x'):gsub('x', nil)" run"return ('x'):gsub('x', print, 'y')" run"return ('x'):gsub('x', function() return {} end)" run"return ('x'):gsub('x', {x = print})" run"return ('x'):gsub('x', {x = true})" run"return ('x'):gsub('x', function() error('inside') end)" run"return ('x'):gsub('x', function() error({}) end)"
run"return string.gsub('x', 'x', 'y', {})" run"return ('x'):gsub({}, 'x')" run"return ('abc'):gsub('%w', '%1')" run"return ('abc'):gsub('(%w)', '%1%0%1')" run"return ('abc'):gsub('%w', '%9')"
show(("x"):rep(1000):gsub("x", "yy"):len()) show(("x y"):rep(100):gsub("%s", function() return "" end):len())
do -- nested use inside a replacement
  show(("a,b;c,d"):gsub("[^;]+", function(part) return (part:gsub("%w", function(c) return "<" .. c .. ">" end)) end))
end
run"return ('x'):gsub('x', coroutine.yield)" run"return string.find('x', 'x', nil, 1)"
show(("äöü"):find("ö")) show(("äöü"):upper() == "äöü") show(("\255\254"):gsub("\254", "\253") == "\255\253")
