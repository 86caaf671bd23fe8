-- Random work on tables: what insert, remove, concat, unpack, sort, maxn, next and # make of arrays,
-- holes and mixed keys. The order of pairs is the order of PUC's own tables.
local seed = 20260202
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return math.floor(seed / 65536) % n + 1
end
local function dump(t)
  local s = {}
  for k, v in pairs(t) do s[#s + 1] = tostring(k) .. "=" .. tostring(v) end
  return #t .. " " .. table.maxn(t) .. " {" .. table.concat(s, " ") .. "}"
end
local keys = {"a", "b", "name", "value", 0, -1, 1, 2, 3, 5, 8, 100, 1.5, 2^31, 2^53, true, false, "1", "", "key with a rather long name that is not interned at all"}
local function number(a, b) return tostring(a) < tostring(b) end
local work = {
  function(t) table.insert(t, random(100)) return "append" end,
  function(t) local at = random(#t + 3) - 1 table.insert(t, at, "v" .. at) return "insert", at end,
  function(t) return "remove last", table.remove(t) end,
  function(t) local at = random(#t + 2) - 1 return "remove", at, table.remove(t, at) end,
  function(t) local k = keys[random(#keys)] t[k] = random(100) return "set", k end,
  function(t) local k = keys[random(#keys)] t[k] = nil return "clear", k end,
  function(t) return "concat", pcall(table.concat, t, ",") end,
  function(t) return "unpack", unpack(t) end,
  function(t) local from = random(6) - 3 return "unpack", from, unpack(t, from, from + random(5)) end,
  function(t) table.sort(t, number) return "sort" end,
  function(t) local k = random(#t + 1) t[k] = nil return "hole", k end,
  function(t) for i = #t + 1, #t + random(20) do t[i] = i end return "grow" end,
  function(t) for i = #t, math.max(1, #t - random(15)), -1 do t[i] = nil end return "shrink" end,
  function(t) return "next", pcall(next, t, keys[random(#keys)]) end,
  function(t) return "foreach", table.foreachi(t, function(i, v) if i == 3 then return v end end) end,
}
local function text(...)
  local t = {}
  for i = 1, select("#", ...) do t[i] = tostring((select(i, ...))) end
  return table.concat(t, " ")
end
for round = 1, 150 do
  local t = {}
  if round % 3 == 0 then t = {1, 2, nil, 4} elseif round % 3 == 1 then t = {10, 20, 30, x = 1, y = 2} end
  for step = 1, 40 do
    print(round, step, text(pcall(work[random(#work)], t)), dump(t))
  end
end
