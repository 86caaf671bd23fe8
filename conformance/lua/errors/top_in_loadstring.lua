-- An error at the top, in chunks with names of all kinds.
print(pcall(loadstring("error('one')", "=one"))) print(pcall(loadstring("error('two')", "@two.lua"))) print(pcall(loadstring("\nerror('three')", "three\nlines")))
local f = loadstring("local function inner(x) return x.y.z end\nreturn inner(...)", "=named chunk")
f({})
