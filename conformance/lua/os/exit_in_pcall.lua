pcall(function() coroutine.wrap(function() os.exit(7) end)() end) print("not reached")
