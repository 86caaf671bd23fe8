local cfg = {}
local key = "name"
local function e(f) print(select(2, pcall(f))) end
e(function() return cfg[key].x end)
e(function() return cfg.name.x end)
e(function() return cfg[1].x end)
e(function() return cfg[1.5].x end)
e(function() cfg.name.x = 1 end)
e(function() cfg[key].x = 1 end)
e(function() cfg.f() end)
e(function() cfg[key]() end)
e(function() cfg:name() end)
e(function() return cfg.name + 1 end)
e(function() return cfg[key] + 1 end)
e(function() return #cfg.name end)
e(function() return cfg.name .. "x" end)
e(function() return cfg.name < 1 end)
e(function() local k = "z" return cfg[k].x end)
