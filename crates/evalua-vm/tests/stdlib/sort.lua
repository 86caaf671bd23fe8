-- table.sort: the order of comparisons can be seen, so it is the same.
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

local function list(t) local s = {} for i = 1, #t do s[i] = tostring(t[i]) end return table.concat(s, ",") end
local seed = 42
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return math.floor(seed / 65536) % n end
local function sorted(t, f) table.sort(t, f) return list(t) end
show(sorted({})) show(sorted({1})) show(sorted({2, 1})) show(sorted({3, 2, 1})) show(sorted({"b", "a", "C", "10", "9", ""})) show(sorted({1, 2, 3}, function(a, b) return a > b end))
show(sorted({0, -0.0, 1/0, -1/0, 1e300, -1e-300}))
for n = 0, 60 do
  local t, trace = {}, {}
  for i = 1, n do t[i] = random(n < 20 and 5 or 1000) end
  table.sort(t, function(a, b) trace[#trace + 1] = a .. "<" .. b return a < b end)
  show(n, list(t)) show(table.concat(trace, " "))
end
do
  local t = {} for i = 1, 2000 do t[i] = random(100000) end table.sort(t)
  for i = 2, #t do assert(t[i - 1] <= t[i]) end show(#t, t[1], t[1000], t[2000])
  local calls = 0 table.sort(t, function(a, b) calls = calls + 1 return a > b end) show(calls, t[1], t[2000])
  calls = 0 table.sort(t, function(a, b) calls = calls + 1 return a > b end) show(calls)
  for i = 1, 500 do t[i] = i % 3 end calls = 0 table.sort(t, function(a, b) calls = calls + 1 return a < b end) show(calls)
end
-- Functions that give no order.
for n = 0, 12 do
  for name, f in pairs{always = function() return true end} do
    local t, trace = {}, {} for i = 1, n do t[i] = i end
    show(n, name, pcall(table.sort, t, function(a, b) trace[#trace + 1] = tostring(a) .. "<" .. tostring(b) return f(a, b) end)) show(list(t)) show(table.concat(trace, " "))
  end
  local t = {} for i = 1, n do t[i] = i end
  show(n, "never", pcall(table.sort, t, function() return false end)) show(list(t))
  show(n, "not greater", pcall(table.sort, t, function(a, b) return not (b == nil or a == nil) and a <= b end)) show(list(t))
  local count = 0 show(n, "flip", pcall(table.sort, t, function() count = count + 1 return count % 2 == 0 end)) show(count, list(t))
  count = 0 show(n, "thirds", pcall(table.sort, t, function() count = count + 1 return count % 3 == 0 end)) show(count, list(t))
end
do -- a function that changes the table meanwhile
  local t = {5, 3, 8, 1, 9, 2} local count = 0
  show(pcall(table.sort, t, function(a, b) count = count + 1 if count == 4 then t[3] = 0 t[5] = 7 collectgarbage() end return a < b end)) show(count, list(t))
  t = {} for i = 1, 20 do t[i] = {i * 7 % 20} end
  show(pcall(table.sort, t, function(a, b) for i = 1, 20 do t[i] = nil end collectgarbage() return a[1] < b[1] end)) show(#t)
end
run"table.sort({3, 2, 'x'})" run"table.sort({{}, {}})" run"table.sort({1, 2, 3}, 1)" run"table.sort()" run"table.sort(1)" run"table.sort({1, 2, 3}, nil)" run"table.sort({print, 1})" run"table.sort({true, false})" run"table.sort({1, nil, 3})" run"table.sort({3, 1}, error)" run"table.sort({3, 2, 1}, function() error('in') end)" run"table.sort({3, 2, 1}, coroutine.yield)" run"table.sort({1, 'a'}, function() return true end)" run"table.sort({0/0, 1, 0/0, 2, 0/0, 3, 1})"
do
  local mt = {__lt = function(a, b) return a.k < b.k end} local t = {} for i = 1, 10 do t[i] = setmetatable({k = i * 3 % 10}, mt) end
  table.sort(t) local s = {} for i, v in ipairs(t) do s[i] = v.k end show(list(s))
end
