-- The order of pairs for keys of many kinds, sizes and ways to build.
local function show(label, t) local out = {} for k, v in pairs(t) do out[#out + 1] = tostring(k) end print(label, #t, table.concat(out, " ")) end
for n = 0, 20 do local t = {} for i = 1, n do t["k" .. i] = i end show("strings " .. n, t) end
for n = 0, 20 do local t = {} for i = n, 1, -1 do t[i] = i end show("down " .. n, t) end
for n = 1, 20 do local t = {} for i = 1, n do t[i * 2] = i end show("even " .. n, t) end
for n = 1, 20 do local t = {} for i = 1, n do t[2 ^ i] = i end show("powers " .. n, t) end
for n = 1, 20 do local t = {} for i = 1, n do t[-i] = i end show("negative " .. n, t) end
for n = 1, 20 do local t = {} for i = 1, n do t[i / 4] = i end show("quarters " .. n, t) end
for n = 1, 20 do local t = {} for i = 1, n do t[i * 1e10] = i end show("huge " .. n, t) end
for n = 1, 12 do local t = {} for i = 1, n do t[i] = i t["s" .. i] = i t[-i] = i t[i + 0.5] = i end t[true] = 1 t[false] = 2 show("mixed " .. n, t) end
local t = {} for c in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do t[c] = (t[c] or 0) + 1 end show("words", t)
local t = {} for i = 32, 126 do t[string.char(i)] = i end show("characters", t)
local t = {} for i = 1, 40 do t[("x"):rep(i)] = i end show("repeats", t)
local t = {} for i = 1, 20 do t[("long key number "):rep(5) .. i] = i end show("long", t)
local t = {} for i = 1, 20 do t[("a"):rep(40) .. i .. ("b"):rep(40)] = i end show("longer", t)
local t = {} t[1/0] = 1 t[-1/0] = 2 t[0] = 3 t[-0] = 4 t[1e308] = 5 t[5e-324] = 6 t[2^53] = 7 t[2^31] = 8 t[-2^31] = 9 t[2^32] = 10 show("extremes", t)
show("array and hash", {1, 2, 3, x = 1, y = 2, 4, 5, z = 3, [10] = 10, [6] = 6, [0] = 0, [-1] = -1})
show("holes", {1, nil, 3, nil, 5}) show("trailing nil", {1, 2, nil}) show("leading nil", {nil, nil, 3}) show("all nil", {nil, nil, nil}) show("explicit", {[1] = 1, [2] = 2, [3] = 3, [4] = 4}) show("both", {[1] = "x", "y", [2] = "z"})
