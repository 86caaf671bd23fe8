local n = 0 local function loop() n = n + 1 if n < 1e6 then return loop() end return n end print(loop())
local function apply(f, ...) return f(...) end print(apply(apply, apply, print, 1, 2)) local t = setmetatable({}, {__call = function(self, k) if k == 0 then return "end" end return self(k - 1) end}) print(t(1e4))
local function va(n, ...) if n == 0 then return ... end return va(n - 1, ...) end print(va(1000, 1, 2, 3)) print(select("#", va(10))) local obj = {} function obj:m(n) if n == 0 then return self == obj end return self:m(n - 1) end print(obj:m(1e5))
