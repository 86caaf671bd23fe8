-- Functions of the table library but for sort.
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

local function list(t) local s = {} for i = 1, table.maxn(t) do s[i] = tostring(t[i]) end return "{" .. table.concat(s, ",") .. "}" end
run"return table.concat({1, 2, 3})" run"return table.concat({1, 2, 3}, ',')" run"return table.concat({1, 2, 3}, ',', 2)" run"return table.concat({1, 2, 3}, ',', 2, 2)" run"return table.concat({1, 2, 3}, ',', 3, 2)" run"return table.concat({1, 2, 3}, ',', 2, 5)" run"return table.concat({1, {}, 3})" run"return table.concat({}, {})" run"return table.concat(1, {})" run"return table.concat()" run"return table.concat({}, 'x', 'y')" run"return table.concat({}, nil, nil, nil)" run"return table.concat({1.5, 'x', -0.0}, 5)" run"return table.concat({[-1] = 'a', [0] = 'b', 'c'}, '', -1)" run"return table.concat({true})" run"return table.concat({[2^31-1] = 'z'}, ',', 2^31-1, 2^31-1)" run"return table.concat({}, 'x', 1, 1)" run"return table.concat(setmetatable({}, {__index = function() return 'x' end}), ',', 1, 2)" run"return table.concat({print})" run"return ('x').rep(table.concat({'a', 'b'}), 2)"
do
  local t = {1, 2, 3}
  table.insert(t, 4) show(list(t)) table.insert(t, 1, 0) show(list(t)) table.insert(t, 3, "x") show(list(t)) table.insert(t, 7, "end") show(list(t)) table.insert(t, 20, "far") show(#t, t[20]) 
  t = {1, 2, 3} table.insert(t, 0, "zero") show(t[0], list(t)) t = {1, 2, 3} table.insert(t, -2, "neg") show(t[-2], t[-1], t[0], list(t)) t = {} table.insert(t, "a") table.insert(t, nil) table.insert(t, "b") show(list(t)) t = {} table.insert(t, 1, "a") table.insert(t, "2", "b") show(list(t)) t = {1, 2} show(select("#", table.insert(t, 3)))
end
run"table.insert({1, 2, 3}, 1, 2, 3)" run"table.insert({})" run"table.insert(nil, 1)" run"table.insert()" run"table.insert({}, 'x', 1)" run"table.insert({}, {}, 1)" run"table.insert(1, 2)" run"local t = {} t.x:insert(1)" run"local t = setmetatable({}, {__index = table}) t:insert(1, 2, 3)" run"local t = setmetatable({}, {__index = table}) t:insert('x', 2)" run"local t = setmetatable({}, {__index = table}) t.insert(1)"
run"return ('x').rep()" run"return string.rep()" run"local s = 'x' return s:rep()" run"local s = 'x' return s:rep({})" run"local p = newproxy(true) getmetatable(p).__index = {sub = string.sub} p:sub(1)"
do
  local t = {1, 2, 3, 4}
  show(table.remove(t), list(t)) show(table.remove(t, 1), list(t)) show(table.remove(t, 5), list(t)) show(table.remove(t, 0), list(t)) show(table.remove(t, -1), list(t)) show(table.remove(t, 2), list(t)) show(table.remove(t), list(t)) show(table.remove(t), list(t)) show(select("#", table.remove(t)), select("#", table.remove(t, 1)))
  t = {1, 2, 3} show(table.remove(t, 3), list(t)) t = {[0] = "z"} show(table.remove(t, 0), t[0]) t = {1, nil, 3} show(table.remove(t, 1), list(t)) t = {n = 3, 1} show(table.remove(t), #t)
end
run"table.remove()" run"table.remove(1)" run"table.remove({}, 'x')" run"return table.remove({1, 2, 3}, '2')" run"return table.remove({1, 2, 3}, 2.9)"
run"return table.getn({1, 2, 3})" run"table.getn(1)" run"table.setn({}, 1)" run"table.setn(1, 1)" run"return table.maxn({[3.5] = 1, [-1] = 2, x = 3})" run"return table.maxn({})" run"table.maxn()" run"return table.maxn({[1e300] = 1})" run"return table.maxn({[-5] = 1})"
show(table.foreach({1, 2, x = 3}, show)) show(table.foreachi({1, 2}, show)) show(table.foreachi({1, 2, 3}, function(i, v) if i == 2 then return v, "x" end end)) show(table.foreach({a = 1}, function(k, v) return k end)) show(table.foreach({1}, function() return false end))
run"table.foreach()" run"table.foreach({})" run"table.foreach({}, 1)" run"table.foreachi({}, {})" run"table.foreachi(1, print)" run"table.foreach({1}, error)" run"table.foreachi({1}, function() error('in') end)"
do local t = {a = 1, b = 2, c = 3} table.foreach(t, function(k) t[k] = nil collectgarbage() end) show(next(t)) end
for k in pairs(table) do show(k) end
show(list({unpack({1, 2, 3}, 1, 5)}))

-- A new key gets its place before __newindex is asked: a rehash can come of it.
do
  local refused = 0
  local t = setmetatable({}, { __newindex = function() refused = refused + 1 end })
  for i = 1, 7 do rawset(t, i, i) end
  rawset(t, 4, nil)
  print(#t)
  for i = 8, 40 do t[i] = i end
  print(#t, refused)
  rawset(t, 7, nil)
  for _, k in ipairs { 9, 17, 33, 100 } do t[k] = k print(#t) end
  print(pcall(function() t[nil] = 1 end))
  print(pcall(function() t[0 / 0] = 1 end))
end
