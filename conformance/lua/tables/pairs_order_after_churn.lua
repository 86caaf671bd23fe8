-- The order after deletes, inserts, and rehashes that they cause. Without collections: a key that is
-- deleted and put in again finds its old place unless its string was collected meanwhile.
collectgarbage("stop")
local function show(label, t) local out = {} for k, v in pairs(t) do out[#out + 1] = tostring(k) end print(label, #t, table.concat(out, " ")) end
local seed = 7 local function rnd(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
for round = 1, 25 do
  local t = {}
  for i = 1, 60 do
    local k = ({function() return rnd(20) end, function() return "s" .. rnd(20) end, function() return rnd(10) - 5.5 end, function() return -rnd(5) end, function() return rnd(2) == 1 end})[rnd(5)]()
    if rnd(3) == 1 then t[k] = nil else t[k] = i end
    if i % 20 == 0 then show(round .. "/" .. i, t) end
  end
end
local t = {} for i = 1, 16 do t[i] = i end for i = 1, 16 do if i % 3 == 0 then t[i] = nil end end show("array with holes", t) t.x = 1 show("then a string", t) t.y = 1 t.z = 1 show("then more", t)
for i = 17, 40 do t[i] = i end show("grown", t) for i = 40, 1, -1 do t[i] = nil end show("emptied", t) t[3] = 3 show("again", t) for i = 1, 4 do t["n" .. i] = i end show("rehash after emptying", t)
local t = {} for i = 1, 10 do t[i] = i table.remove(t, 1) t["k" .. i] = i show("remove " .. i, t) end
local t = {10, 20, 30} for k in pairs(t) do t[k] = nil end show("cleared in traversal", t) t.a = 1 t[1] = 1 show("reused", t)
local t = {a = 1, b = 2, c = 3, d = 4} for k, v in pairs(t) do t[k] = v * 2 end show("assigned in traversal", t) t.a = nil t.e = 5 show("slot reuse", t) t.b = nil t.f = 6 t.c = nil t.g = 7 t.h = 8 show("more reuse", t)
