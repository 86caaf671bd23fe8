-- Comments between any two tokens, and things that only look like comments.
local a --[[x]] = --[==[ y ]] ]==] 1 -- z
print(a --[[in call]], --[[
two lines]] a) print(--[[]]"only comment"--[[]]) local s = "--[[not a comment]]" print(s) local l = [[--not
a comment]] print(l) print(a --[[]] + --[[]] a) local t = {--[[a]] 1, --[[b]] 2 --[[c]]; --[[d]] x --[[e]] = --[[f]] 3} print(#t, t.x) print(8 - -1, 8 --1
- 1) print(t --[[method]] . --[[name]] x) --
--[ not long ]
--[=[ long
]=] print("after long") ---[[ single
print("after single") --[==[ ]=] ]==] print("level two") -- \
print("no continuation") --]] --[[ ]]
function --[[a]] f --[[b]] ( --[[c]] x --[[d]] , --[[e]] ... --[[f]] ) --[[g]] return --[[h]] x --[[i]] end --[[j]] print(f(5)) for --[[a]] i --[[b]] = --[[c]] 1 --[[d]] , --[[e]] 2 --[[f]] do --[[g]] io.write(i, " ") --[[h]] end print() if --[[a]] true --[[b]] then --[[c]] print("then") --[[d]] else --[[e]] end print(loadstring("--[[unfinished")) print(loadstring("x = 1 --[==[ ]]")) print(loadstring("--[=x\nreturn 1")()) print(loadstring("return 1 -- end")()) print(type(loadstring("--"))) print(type(loadstring("-- a\n-- b\n"))) print(loadstring("return--[[]]5")()) print(loadstring("return -- x\r5")()) print(loadstring("--[[\r\n\r\n]] error('line', 1)", "=l") and pcall(loadstring("--[[\r\n\r\n]] error('line', 1)", "=l")))
