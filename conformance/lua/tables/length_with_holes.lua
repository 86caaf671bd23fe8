local function show(t) print(#t) end
show {1, 2, 3}
show {1, nil, 3}
show {nil, nil, 3}
show {nil}
show {1, 2, nil}
show {1, 2, nil, 4}
show {n = 1}
show {[1] = 1, [2] = 2, [4] = 4}
show {[1] = 1, [2] = 2, [3] = 3, [5] = 5, [8] = 8}
local t = {1, 2, 3, 4, 5, 6, 7, 8}
t[8] = nil show(t) t[4] = nil show(t) t[7] = nil show(t) t[1] = nil show(t)
t = {} for i = 1, 20 do t[i] = i end
for i = 20, 1, -3 do t[i] = nil io.write(#t, " ") end print()
t = {} for i = 10, 1, -1 do t[i] = i io.write(#t, " ") end print()
t = {} for i = 1, 40, 2 do t[i] = i end show(t)
t = {} t[2 ^ 10] = 1 show(t) t[1] = 1 show(t)
t = {1, 2, 3, nil, 5, nil, nil, 8, nil} show(t)
t = {[3] = 3} show(t) t[1] = 1 show(t) t[2] = 2 show(t) t[4] = 4 show(t)
