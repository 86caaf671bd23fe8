local a, b = 1, "two"
local function f(x, ...) local arg = ... return x, ... end
function t.u.v:m(p) self.x = p; return self:m{p, [1] = 2, k = 3, "s"; f} end
while a < 10 do a = a + 1 if a == 5 then break elseif a ~= 6 then b = b .. a else b = nil end end
for i = 1, #t, -1 do for k, v in pairs(t) do repeat local z = k until z end end
do local x <= 1 end
