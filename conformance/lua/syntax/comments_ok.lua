do local show, write = tostring, io.write function print(...) local n, t = select("#", ...), {...} for i = 1, n do write(i > 1 and "\t" or "", (show(t[i]):gsub("0x%x+", "ADDR"))) end write("\n") end end
local x = 1 -- comment
--[[ block ]] local y = 2 --[==[ ]] still ]==] local z = 3
--[ not a block
---[[ also a line comment
print(x, y, z) --]]
print(1--[[inline]]+--[[two
lines]]2)
print(#[==[a]]b]==], #"--not a comment", '--[[nor this]]') --[[]]print("after empty block")--[=[
]=]print "end"
f = print f "string call" f {} f [[long]]	f	(	1	)
do local a = 1; local b = 2; print(a, b); end;
return print("last");
