local p = newproxy(true) getmetatable(p).__gc = function() error("in gc") end p = nil
print(pcall(collectgarbage)) print(pcall(collectgarbage))
print("after")
