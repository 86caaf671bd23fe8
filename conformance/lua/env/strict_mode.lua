local declared = {}
setmetatable(_G, {__newindex = function(t, n, v) if not declared[n] then error("undeclared variable '" .. n .. "'", 2) end rawset(t, n, v) end, __index = function(_, n) error("read of '" .. n .. "'", 2) end})
print(pcall(function() foo = 1 end)) print(pcall(function() return foo end)) declared.foo = true foo = 1 print(foo)
print(pcall(loadstring("bar = 2"))) print(pcall(loadstring("return bar", "=chunk")))
