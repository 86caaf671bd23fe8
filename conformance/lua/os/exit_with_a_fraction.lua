-- A fraction is cut; what stands in buffers of files is written.
local f = io.open(os.tmpname(), "w") f:write("left open")
io.stdout:setvbuf("full") io.write("full buffer ")
os.exit(3.9)
