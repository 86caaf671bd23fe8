local function f(a, ...) local b = a debug.setlocal(1, 1, 2) return debug.traceback("m", 1), debug.getinfo(1, "nSlufL") end
debug.sethook(function(e, l) local x = debug.getlocal(2, 1) end, "crl", 7)
f(1, 2) xpcall(f, debug.traceback) debug.sethook()
debug.setmetatable(1, {__index = string, __call = f}) debug.setfenv(f, {}) debug.setupvalue(f, 1, nil) (1)(2)
