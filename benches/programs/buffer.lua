-- Text of many lines read, split and written: a CSV report.
local rows = {}
for i = 1, 400 do
  rows[i] = table.concat({ i, "item" .. i % 17, i * 25 % 90, i / 4, "note " .. i }, ";")
end
local text = table.concat(rows, "\n") .. "\n"
local function split(line, separator)
  local fields, start = {}, 1
  while true do
    local at = line:find(separator, start, true)
    if not at then
      fields[#fields + 1] = line:sub(start)
      return fields
    end
    fields[#fields + 1] = line:sub(start, at - 1)
    start = at + 1
  end
end
local total, length = 0, 0
for round = 1, 300 do
  local sums, out = {}, {}
  for line in text:gmatch("(.-)\n") do
    local fields = split(line, ";")
    local name = fields[2]
    sums[name] = (sums[name] or 0) + fields[3] * fields[4]
    out[#out + 1] = fields[5] .. "," .. fields[1]
  end
  for i = 1, 17 do
    total = total + (sums["item" .. i] or 0)
  end
  length = length + #table.concat(out, "\n")
end
print(total, length)
