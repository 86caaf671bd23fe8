local function a() local x = nil; return x.field end
local function b() a() end
function c() b() end
c()
