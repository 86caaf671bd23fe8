xpcall(function() error("first") end, function(m) print("handler", m) end)
error("second", 2)
