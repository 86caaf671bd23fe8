-- Calls what programs usually call, once or a little more, so that these functions are known.

-- Tables: both parts, growth, traversal, sorting, metatables.
local t = {}
for i = 1, 200 do
  t[i] = i
  t["k" .. i] = tostring(i)
  t[i + 0.5] = true
end
t[true] = next(t)
table.sort(t, function(a, b) return a > b end)
for k, v in pairs(t) do assert(t[k] == v) end
for i, v in ipairs(t) do assert(t[i] == v) end
table.insert(t, 1, 5)
table.insert(t, 6)
table.remove(t, 1)
table.remove(t)
print(table.concat({ 1, "b", 3 }, ","), #t, table.maxn(t), rawget(t, 1), rawequal(t, t))
local class = {}
class.__index = class
function class:method(...) return self.x, select("#", ...), ... end
function class.__add(a, b) return a.x + b.x end
function class.__eq() return true end
function class.__lt() return false end
function class.__concat() return "both" end
function class.__call(self, x) return self.x + x end
function class.__tostring() return "object" end
function class.__newindex(self, k, v) rawset(self, k, v) end
local a, b = setmetatable({ x = 1 }, class), setmetatable({ x = 2 }, class)
a.y = 3
print(a:method(1, 2, 3), a + b, a == b, a < b, a .. b, a(5), tostring(a), getmetatable(a) == class)

-- Strings.
local s = ""
for i = 1, 300 do s = s .. i end
print(#s, s:sub(2, 5), s:find("99", 1, true), s:reverse():lower(), s < "2")
print(string.format("%d %s %5.2f %q %x %c %i %g %e", 1, "a", 2.5, "q\n", 255, 65, 7, 0.1, 1e100))
print(("hello world"):gsub("o", "0"), ("x=1,y=2"):match("(%w+)=(%w+)"), ("abc"):upper():rep(3))
print(("a b"):gsub("%a", { a = "1" }), ("a b"):gsub("(%a) (%a)", "%2 %1"), ("x"):gsub(".", string.upper))
for w in ("a bc [d]"):gmatch("[%a_][%w_]*") do io.write(w, " ") end
print(("((a)b)c"):match("%b()"), ("  trim "):match("^%s*(.-)%s*$"), ("line\n"):find("(.-)\n"))
print(string.byte("abc", 1, -1), string.char(65, 66), tonumber("10", 16), tonumber("0x1p4"), tonumber("1e3"))

-- Numbers.
print(math.floor(2.5), math.ceil(2.5), math.max(1, 2), math.min(1, 2), 7 % 3, -7 % 3, 2 ^ 10, math.sqrt(2))
print(math.random() < 1, math.random(10) > 0, math.abs(-1), math.huge, -1 / 0, 0.1 + 0.2, 1e15, 123456789012)

-- Functions, coroutines, errors.
local function varargs(...) return select(2, ...), unpack({ ... }) end
local function tail(n) if n == 0 then return varargs(1, 2, 3) end return tail(n - 1) end
local function count()
  local n = 0
  return function() n = n + 1 return n end
end
local c = count()
print(tail(10), c(), c())
local generator = coroutine.wrap(function(x) for i = 1, 3 do x = coroutine.yield(i, x) end end)
print(generator(1), generator(2), generator(3))
local co = coroutine.create(function() error({ code = 1 }) end)
print(coroutine.resume(co), coroutine.status(co))
print(pcall(error, "plain", 0), pcall(function() error("with its place") end), pcall(function() return nil + 1 end))
print(xpcall(function() local x = nil; return x.y end, debug.traceback))
print(loadstring("local a = ... return a + 1")(1), loadstring("x ="), type(assert), _VERSION)

-- Garbage, with and without finalisers and weak tables.
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 20000 do
  local garbage = { i, x = i, f = function() return i end }
  weak[garbage] = "text" .. i
end
collectgarbage()
print(collectgarbage("count") > 0, next(weak))
while #t > 100 do t[#t] = nil end
repeat local last = table.remove(t) until last == nil or #t < 50
for i = 10, 1, -3 do io.write(i, "\n") end
