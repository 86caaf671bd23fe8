-- The events that hooks hear, in order, with names and lines.
local log = {} local function hook(event, line) local i = debug.getinfo(2, "nS") log[#log + 1] = event .. (line and ":" .. line or "") .. (event ~= "line" and "(" .. tostring(i.name) .. "," .. i.what .. ")" or "") end local function show(label) print(label, table.concat(log, " ")) log = {} end
local function leaf(x) return x end local function tail(x) return leaf(x) end local function caller() local a = leaf(1) local b = tail(2) return a + b end
for _, mask in ipairs{"c", "r", "l", "cr", "crl", "", "x"} do debug.sethook(hook, mask) caller() debug.sethook() show(mask) end
debug.sethook(hook, "cr") string.rep("x", 2) pcall(leaf, 1) pcall(error, "x") select(2, 1, 2) debug.sethook() show("native") debug.sethook(hook, "cr") for k in pairs{1} do end for i in leaf do break end debug.sethook() show("iterators") debug.sethook(hook, "cr") local o = setmetatable({}, {__index = leaf, __add = leaf}) local _ = o.x; _ = o + 1 debug.sethook() show("metamethods") debug.sethook(hook, "l") for i = 1, 3 do
  leaf(i)
end
while true do break end local i = 0 repeat
  i = i + 1
until i > 2 if i then
  i = nil
else
  i = 1
end debug.sethook() show("lines") debug.sethook(hook, "l") local s = "a" ..
  "b" .. leaf(
    "c") debug.sethook() show("multi") debug.sethook(hook, "l") loadstring("local a = 1\n\n\nlocal b = 2\nlocal t = {\n1,\n2,\n}\nfor i = 1, 2 do local x = i end\nreturn a + b")() debug.sethook() show("chunk")
print(debug.gethook()) debug.sethook(hook, "crl", 5) print(debug.gethook() == hook, select(2, debug.gethook())) debug.sethook() log = {} print(debug.gethook()) debug.sethook(nil) print(pcall(debug.sethook, hook)) print(debug.gethook()) debug.sethook(hook, "", 0) print(select(2, debug.gethook())) print(pcall(debug.sethook, 1, "l")) print(pcall(debug.sethook, hook, 1)) print(pcall(debug.sethook, hook, {})) debug.sethook() log = {} local co = coroutine.create(function() leaf(1) coroutine.yield() leaf(2) end) debug.sethook(co, hook, "c") coroutine.resume(co) leaf(3) coroutine.resume(co) show("coroutine") print(debug.gethook(co) == hook, debug.gethook()) debug.sethook(co) print(debug.gethook(co))
debug.sethook() local n = 0 debug.sethook(function(e) n = n + 1 end, "", 1) for i = 1, 10 do end debug.sethook() print(n > 5)
