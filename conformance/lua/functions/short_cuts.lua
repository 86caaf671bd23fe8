-- Library functions whose plain calls take a short way: every kind of argument gives what the long way gives.
local values = {
  0, 1, -1, 2.5, -2.5, 255, 256, -0.0, 1e15, 2 ^ 31, 2 ^ 53, 1 / 0, -1 / 0, 0 / 0,
  "", "a", "ABC def", "10", "0x10", " 1 ", "1e1", "#", "#x", ("long "):rep(30), true, false,
}
local functions = {
  "math.abs", "math.ceil", "math.cos", "math.exp", "math.floor", "math.fmod", "math.log", "math.max", "math.min",
  "math.pow", "math.sin", "math.sqrt", "string.byte", "string.char", "string.len", "string.lower", "string.upper",
  "string.reverse", "string.sub", "assert", "getmetatable", "rawget", "select", "setmetatable", "tonumber",
  "tostring", "type",
}

local function show(...)
  local words = { select("#", ...) }
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    local word = v ~= v and "nan" or tostring(v)
    words[#words + 1] = type(v) == "table" and "table" or (word:gsub("^%-nan$", "nan"))
  end
  return table.concat(words, " ")
end

for _, name in ipairs(functions) do
  local library, field = name:match("^(%a+)%.(%a+)$")
  local f = library and _G[library][field] or _G[name]
  print(name, show(pcall(f)))
  for _, a in ipairs(values) do
    print(name, show(pcall(f, a)))
    for _, b in ipairs(values) do
      print(name, show(pcall(f, a, b)))
    end
    print(name, show(pcall(f, a, 1, -1)), show(pcall(f, a, 2, 3)), show(pcall(f, a, nil)), show(pcall(f, a, 1, nil)))
  end
end

-- Metatables of all kinds.
local plain, guarded = setmetatable({}, {}), setmetatable({}, { __metatable = "guarded" })
print(getmetatable(plain) ~= nil, getmetatable(guarded), getmetatable("").__index == string, getmetatable({}))
print(pcall(setmetatable, guarded, {}), pcall(setmetatable, plain, nil), getmetatable(plain))
print(tostring(setmetatable({}, { __tostring = function() return "shown" end })))
getmetatable("").__tostring = function(s) return "<" .. s .. ">" end
print(tostring("text"), pcall(tostring, 1))
getmetatable("").__tostring = nil
print(rawget(setmetatable({}, { __index = function() return 1 end }), "x"), rawget({ 7 }, 1), rawget({}, 0 / 0))

-- All numbers of results that a call may want.
local a, b, c = math.floor(2.5)
print(a, b, c, (math.floor(3.5)), math.floor(4.5), #{ math.floor(5.5), math.floor(6.5) })
math.floor(1)
local function tail(x) return math.floor(x) end
print(tail(7.5), select("#", tail(1)), #{ tail(1), tail(2) })

-- Calls that nest as deep as they can fail where the long way fails.
local depth, line = 0, nil
local function deep()
  depth = depth + 1
  math.floor(depth)
  return deep() + 1
end
print(pcall(deep))
print(depth > 16000)
math.randomseed(7)
print(math.random(), math.random(10), math.random(5, 6), pcall(math.random, 0), pcall(math.random, 2, 1), math.random(3))
