-- os.exit in an error handler, in a finaliser's place, under a sort.
table.sort({2, 1}, function() xpcall(error, function(m) print("handler", m) setmetatable({}, {__index = function() os.exit(9) end}).x = nil; local _ = setmetatable({}, {__index = function() os.exit(9) end}).x end) end)
print("never")
