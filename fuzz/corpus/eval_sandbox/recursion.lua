local t = {} t.t = t pcall(cjson.encode, t) pcall(cmsgpack.pack, t)
local s = '[' pcall(string.rep, s, 1e9) local function f() return pcall(f) end f()
local a = {} for i = 1, 600 do a = {a} end return a