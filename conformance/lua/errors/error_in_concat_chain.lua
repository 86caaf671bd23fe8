local function e(f) print(select(2, pcall(f))) end
local a, b, c = "a", nil, "c"
e(function() return a .. b .. c end)
e(function() return c .. a .. b end)
e(function() return b .. a .. c end)
e(function() return a .. 1 .. b end)
e(function() return a .. {} .. b end)
e(function() return (a .. b) .. c end)
e(function() local x = {} return a .. x.y.z end)
e(function() local x = {} return a .. x.y .. c end)
