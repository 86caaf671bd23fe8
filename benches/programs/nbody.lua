-- Floating-point work on fields: planets that attract each other.
local sqrt = math.sqrt
local bodies = {}
for i = 1, 5 do
  bodies[i] = { x = i * 1.1, y = i * i * 0.3, z = -i * 0.2, vx = 0.01 * i, vy = -0.02 * i, vz = 0.005, mass = 10 / i }
end
local function advance(dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * sqrt(d2))
      a.vx = a.vx - dx * b.mass * mag
      a.vy = a.vy - dy * b.mass * mag
      a.vz = a.vz - dz * b.mass * mag
      b.vx = b.vx + dx * a.mass * mag
      b.vy = b.vy + dy * a.mass * mag
      b.vz = b.vz + dz * a.mass * mag
    end
  end
  for i = 1, n do
    local a = bodies[i]
    a.x, a.y, a.z = a.x + dt * a.vx, a.y + dt * a.vy, a.z + dt * a.vz
  end
end
for _ = 1, 60000 do
  advance(0.001)
end
print(("%.9f %.9f %.9f"):format(bodies[1].x, bodies[2].y, bodies[5].z))
