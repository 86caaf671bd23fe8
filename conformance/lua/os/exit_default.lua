local p = newproxy(true) getmetatable(p).__gc = function() print("no finaliser runs") end os.exit()
