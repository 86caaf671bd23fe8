-- The coroutine library.
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

run"coroutine.create()" run"coroutine.create(print)" run"coroutine.create({})" run"coroutine.resume()" run"coroutine.resume(1)" run"coroutine.status(1)" run"coroutine.wrap(1)" run"coroutine.wrap(print)" run"coroutine.yield(1)" run"return coroutine.running()"
local create, resume, yield, status, wrap, running = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status, coroutine.wrap, coroutine.running
do
  local co = create(function(...) show("start", ...) show("got", yield(1, 2)) show("got", yield()) return "a", "b" end)
  show(status(co)) show(resume(co, "x", nil, "y")) show(status(co)) show(resume(co, "p", "q")) show(resume(co)) show(status(co)) show(resume(co)) show(resume(co, 1))
end
do local co = create(function() error({}) end) show(resume(co)) show(resume(co), status(co)) co = create(function() error("text") end) show(resume(co)) co = create(function() local x = nil + 1 end) show(resume(co)) co = create(function() error() end) show(resume(co)) end
do
  local w = wrap(function() error("in wrap") end) show(pcall(w)) show(pcall(w)) w = wrap(function() error(42, 0) end) show(pcall(w)) w = wrap(function() error({}) end) show(pcall(w))
  run"local w = coroutine.wrap(function() error('in wrap') end) w()" run"local w = coroutine.wrap(function() end) w() w()" run"local w = coroutine.wrap(function() error(5, 0) end) w()"
  w = wrap(function(a) while true do a = yield(a * 2) end end) show(w(1), w(2), w(3))
  for i in wrap(function() for i = 1, 3 do yield(i) end end) do show(i) end
end
do
  local co co = create(function() show(status(co), running() == co) show(resume(co)) local inner inner = create(function() show(status(co), status(inner), resume(co)) end) show(resume(inner)) return "done" end) show(resume(co))
end
do -- not across a native function or a metamethod
  local co = create(function() return pcall(yield, 1) end) show(resume(co)) co = create(function() return (("x"):gsub("x", yield)) end) show(resume(co)) co = create(function() return setmetatable({}, {__index = yield}).x end) show(resume(co)) co = create(function() for k in pairs({1}) do yield(k) end return "end" end) show(resume(co)) show(resume(co))
  co = create(function() table.sort({3, 2, 1}, function(a, b) yield() return a < b end) end) show(resume(co))
  co = create(function() return yield(1) end) show(resume(co)) show(resume(co, 5, 6)) co = wrap(function() return pcall(pcall, error) end) show(co())
end
do -- many values, many coroutines, deep chains
  local co = create(function(...) return select("#", ...) end) show(resume(co, unpack({}, 1, 5000)))
  co = create(function() return unpack({}, 1, 7990) end) show(select("#", resume(co))) co = create(function() yield(unpack({}, 1, 7997)) end) show(select("#", resume(co)))
  local t = {} for i = 1, 300 do t[i] = wrap(function() local n = i while true do n = n + yield(n) end end) t[i]() end collectgarbage() local sum = 0 for i = 1, 300 do sum = sum + t[i](1) end show(sum)
  local function nest(n) if n == 0 then return "bottom" end return (wrap(function() return nest(n - 1) end))() end show(nest(50)) show((select(2, pcall(nest, 250)):gsub("script.lua:%d+: ", "")))
  local function generate(n) return wrap(function() for i = 2, n do yield(i) end end) end local function filter(p, g) return wrap(function() while true do local n = g() if n == nil then return end if n % p ~= 0 then yield(n) end end end) end
  local g, primes = generate(60), {} while true do local n = g() if n == nil then break end primes[#primes + 1] = n g = filter(n, g) end show(table.concat(primes, " "))
end
do local co = create(function() local up = 0 local function inc() up = up + 1 return up end yield(inc) return inc() end) local _, inc = resume(co) show(inc(), inc()) show(resume(co)) show(inc()) end
run"return coroutine.resume(coroutine.create(function() return 1 end), 1, 2)" run"return coroutine.status(coroutine.create(function() end))"
for k in pairs(coroutine) do show(k) end
