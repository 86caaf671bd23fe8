a.b["c"].d(1)(2):e(3).f = function(...) return (...) end

 x = {{}, {{}}; [f()] = {...}}