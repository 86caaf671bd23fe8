local z = 0
local nz = -z
print(nz, 0, -0, 0 * -1, z * -1)
print(1 / nz, 1 / z)
print(string.format("%d %g %.1f", nz, nz, nz))
print(tostring(-0), tostring(0))
local t = {}
t[nz] = "a"
print(t[0], t[nz])
print(math.abs(nz), math.max(0, nz), math.floor(nz))
print(nz == 0, -nz)
print(tonumber("-0"), 0 - 0, -0 + 0, -0 - 0)
