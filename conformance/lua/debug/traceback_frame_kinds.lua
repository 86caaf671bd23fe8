-- One traceback line for every kind of frame.
local tb = debug.traceback
local up, t = tb, {f = tb, g = function() print(tb("in field")) end}
function globalf() print(tb("global")) end
function t.m() print(tb("field def")) end
function t:mm() print(tb("method def")) end
globalf() t.m() t:mm() t.g() t["g"]() t[1 and "g"]()
local function localf() print(tb("local")) end localf();
(function() print(tb("anonymous")) end)();
(function() localf() end)(); (function() return localf() end)()
local function upf() localf() end upf()
pcall(localf) pcall(pcall, localf) xpcall(localf, print)
for _ in function() print(tb("iterator")) end do end
for _ in localf do end
setmetatable({}, {__index = function() print(tb("index")) end}).x = nil; local _ = setmetatable({}, {__index = function() print(tb("index")) end}).x
local _ = setmetatable({}, {__add = function() print(tb("add")) end}) + 1
local _ = setmetatable({}, {__concat = function() print(tb("concat")) end}) .. 1
local _ = setmetatable({}, {__call = function() print(tb("call")) end})(1)
local _ = setmetatable({}, {__call = globalf})() 
print(tostring(setmetatable({}, {__tostring = function() return tb("tostring") end})))
table.sort({1, 2}, function(a, b) print(tb("sort")) return a < b end)
print((("x"):gsub("x", function() return tb("gsub") end)))
table.foreach({1}, function() print(tb("foreach")) end)
loadstring("print(debug.traceback('chunk'))", "=chunk")() loadstring("print(debug.traceback('chunk'))", "@file.lua")() loadstring("print(debug.traceback('chunk'))")() loadstring("\n\nlocal function f() print(debug.traceback('chunk')) end\nf()", "=c")()
print(tb()) print(tb(nil)) print(tb("x", 0)) print(tb("x", 1)) print(tb("x", 2)) print(tb("", 1)) print(up("up")) print(t.f("field"))
return (function() return (function() print(tb("tail tail")) end)() end)()
