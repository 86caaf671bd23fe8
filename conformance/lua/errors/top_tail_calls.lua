local function a() error("deep") end
local function b() return a() end
local function c() return b() end
c()
