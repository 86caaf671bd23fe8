-- Functions of the base library: results and the texts of their errors.
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

run"assert(false, 'msg')" run"assert(false)" run"assert(nil, 42)" run"assert(false, {})" run"assert()" run"return assert(1, 2, 3)"
run"return assert(false, nil)"
run"error(42)" run"error('x', 0)" run"error('x', 1)" run"error('x', 2)" run"error({})" run"error()" run"error(nil)" run"error(nil, 1)"
run"error(true)" run"error('lvl', 3)" run"error('x', -1)" run"error('x', 'y')" run"error('a\\0b')" run"error(1e15, 1)"
show(pcall(error, setmetatable({}, {__tostring = function() return "E!" end})))

print("a\0b", 1) print() print(nil, true, false, 1.5, "x", -0.0, 1e15, 2^53, 0.1)
run"print(setmetatable({}, {__tostring = function() return {} end}))"
run"print(1, setmetatable({}, {__tostring = function() return {} end}))"
print(setmetatable({}, {__tostring = function() return 42 end}))
do
  local original = tostring
  tostring = function(x) return "<" .. original(x) .. ">" end
  print(1, nil, "x")
  tostring = nil
  local failed, message = pcall(print, 1)
  tostring = original
  show(failed, message)
end

run"return tostring()" run"return tostring(nil)" run"return tostring(setmetatable({}, {__tostring = function() return 42 end}))"
show(tostring(print), tostring({}), tostring(coroutine.create(function() end)), tostring(newproxy()))
show(tostring(0/0), tostring(-(0/0)), tostring(1/0), tostring(-1/0), tostring(1e100), tostring(123456789012345))

run"return tonumber()" run"return tonumber(nil)" run"return tonumber({})" run"return tonumber('10')" run"return tonumber(' 0x1f ')"
run"return tonumber('1e')" run"return tonumber('')" run"return tonumber('10', 2)" run"return tonumber('zz', 36)" run"return tonumber('8', 8)"
run"return tonumber('10', 1)" run"return tonumber('10', 37)" run"return tonumber({}, 16)" run"return tonumber(15, 16)" run"return tonumber('1e1', 10)"
run"return tonumber('7', 2^32+8)" run"return tonumber('7', 'x')" run"return tonumber('0x')" run"return tonumber('nan')" run"return tonumber('-inf')"
run"return tonumber('1 2')" run"return tonumber(true)" run"return tonumber('-0x10', 16)" run"return tonumber('1\\0002')" run"return tonumber(nil, 10)"

run"return type()" run"return type(nil), type(1), type('x'), type({}), type(print), type(newproxy()), type(coroutine.create(function() end)), type(true)"
run"return rawequal(1)" run"return rawequal(1, 1), rawequal('a', 'a'), rawequal({}, {}), rawequal(0/0, 0/0), rawequal(0, -0)"
run"return rawequal(setmetatable({}, {__eq = function() return true end}), setmetatable({}, {}))"
run"return rawget({})" run"return rawget(1, 1)" run"return rawget({10}, 1), rawget(setmetatable({}, {__index = print}), 1)"
run"return rawset({})" run"return rawset({}, 1)" run"return rawset({}, nil, 1)" run"return rawset({}, 0/0, 1)" run"return rawset(1, 2, 3)"
do local t = {} show(rawset(t, "x", 1) == t, t.x) end
run"setmetatable({})" run"setmetatable({}, 1)" run"setmetatable(1, {})" run"setmetatable(setmetatable({}, {__metatable = 1}), {})"
show(getmetatable(setmetatable({}, {__metatable = 1})), getmetatable({}), getmetatable("").__index == string, getmetatable(1))
show(getmetatable(setmetatable({}, {__metatable = false}))) run"return getmetatable()"
do local t = setmetatable({}, {}) show(setmetatable(t, nil) == t, getmetatable(t)) end

run"return select()" run"return select('#')" run"return select('#', nil, nil)" run"return select(2, 'a', 'b', 'c')" run"return select(-1, 1, 2, 3)"
run"return select(0, 1, 2, 3)" run"return select(-5, 1, 2, 3)" run"return select('#x', 1, 2, 3)" run"return select('x')" run"return select(10, 1)"
run"return select(-3, 1, 2, 3)" run"return select(2.9, 1, 2, 3)" run"return select({})"
run"return unpack({1, 2, 3})" run"return unpack({1, 2, 3}, 2)" run"return unpack({1, 2, 3}, -1, 1)" run"return unpack({1, 2}, 2^32+2, 2^32+3)"
run"return unpack({}, 1, 0)" run"return unpack({}, 2, 1)" run"return unpack()" run"return unpack({}, 'x')" run"return unpack({}, 1, 8000)"
run"return select('#', unpack({}, 1, 7997))" run"return select('#', unpack({}, 1, 7998))" run"return unpack({}, 1, 2^31 - 1)"
run"return unpack({1, nil, 3})" run"return unpack({n = 3})" run"return unpack('x')"

run"return next({})" run"return next({}, 1)" run"return next({10})" run"return next({10}, 1)" run"return next()" run"return next({}, {})"
run"return next({a = 1}, 'a')" run"return next({10}, 2)" run"return next({10}, 1.5)"
run"ipairs()" run"ipairs(nil)" run"pairs(1)" run"pairs()"
for i, v in ipairs({1, 2, nil, 4}) do show(i, v) end
do
  local f, t, i = ipairs({"a"})
  show(t[1], i, f(t, 0)) show(f(t, 1)) show(pcall(f)) show(pcall(f, t)) show(pcall(f, 1, 1)) show(f({"x"}, "0")) show(select("#", f(t, 1)))
  show(f == ipairs({})) show((pairs({})) == next, (pairs({})) == pairs({}))
end
do
  local t = {}
  for i = 1, 20 do t["k" .. i] = i t[i * 3] = i end
  for k in pairs(t) do t[k] = nil end
  show(next(t))
end

run"pcall()" run"return pcall(error)" run"return pcall(error, nil)" run"return pcall(nil)" run"return pcall(1)" run"return pcall(pcall)" run"return pcall(pcall, error, 'x')"
run"return pcall(select, 2, 1, nil, nil)" run"return pcall(function(...) return select('#', ...), ... end, nil, 1, nil)"
run"xpcall()" run"xpcall(print)" run"return xpcall(function() error('E') end, function(m) return m .. '!' end)" run"return xpcall(error, 1)"
run"return xpcall(function(...) return select('#', ...), 1, 2, 3 end, print)" run"return xpcall(function() error('E') end, function(m) error('F') end)"
run"return xpcall(function() local x = nil; x() end, function(m) return m, 2 end)" run"return xpcall(nil, function(m) return m end)"
show(select("#", pcall(error)), select("#", pcall(function() end)))

show(collectgarbage("setpause", 100), collectgarbage("setpause", 200), collectgarbage("setstepmul", 300), collectgarbage("setstepmul", 200))
show(collectgarbage("stop"), collectgarbage("restart"), collectgarbage(), collectgarbage("collect", 5), collectgarbage(nil))
show(type(collectgarbage("step")), type(collectgarbage("count")), type(gcinfo()), gcinfo() == math.floor(gcinfo()))
run"collectgarbage('x')" run"collectgarbage({})" run"collectgarbage('collect', 'x')"
do
  local weak = setmetatable({}, {__mode = "v"})
  weak[1] = {} weak[2] = weak
  collectgarbage()
  show(weak[1], weak[2] == weak)
end

run"newproxy(1)" run"newproxy({})" run"newproxy(newproxy())" run"return newproxy(), newproxy(false), newproxy(nil)"
do
  local p = newproxy(true)
  show(type(getmetatable(p)), getmetatable(newproxy(p)) == getmetatable(p), getmetatable(newproxy()), getmetatable(newproxy(true)) == getmetatable(p))
  getmetatable(p).__len = function() return 42 end
  show(#p, #newproxy(p))
  getmetatable(p).__tostring = function() return "proxy!" end
  show(p)
end
show(_VERSION, _G._G == _G)
