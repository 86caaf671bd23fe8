-- Only the low byte of a status counts, and finalisers do not run.
local p = newproxy(true) getmetatable(p).__gc = function() print("finaliser") end
print("exit")
os.exit(256 + 5)
