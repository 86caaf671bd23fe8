print(_G == _G._G, _VERSION, type(_G)) a_global = 5 print(_G.a_global, rawget(_G, "a_global")) _G["new one"] = 1 print(_G["new one"])
setmetatable(_G, {__index = function(_, k) return "missing " .. k end, __newindex = function(t, k, v) rawset(t, k, tostring(v) .. "!") end}) print(undefined_name) set_me = 1 print(set_me) set_me = 2 print(set_me)
setmetatable(_G, nil) print(undefined_name) local _G = nil print(a_global)
local names = {} for k in pairs(getfenv(0)) do if type(k) == "string" and #k < 13 then names[#names + 1] = k end end table.sort(names) print(table.concat(names, " "))
