-- Patterns: find, match, gmatch and gsub over text.
local lines = {}
for i = 1, 300 do
  lines[i] = ("2024-%02d-%02d host%d app[%d]: level=%s user=name%d took %d.%03d ms"):format(
    i % 12 + 1, i % 28 + 1, i % 9, i * 7, i % 3 == 0 and "warn" or "info", i, i % 50, i % 1000)
end
local text = table.concat(lines, "\n")
local sum, words, hits = 0, 0, 0
for round = 1, 100 do
  for line in text:gmatch("[^\n]+") do
    local year, month, day = line:match("^(%d+)-(%d+)-(%d+)")
    sum = sum + year + month + day
    local level, user = line:match("level=(%a+) user=(%w+)")
    if level == "warn" then
      hits = hits + #user
    end
    local ms = line:match("took ([%d.]+) ms$")
    sum = sum + ms
    if line:find("host5", 1, true) then
      hits = hits + 1
    end
  end
  for _ in text:gmatch("%a+") do
    words = words + 1
  end
  local replaced, n = text:gsub("(%w+)=(%w+)", "%2=%1")
  hits = hits + n + #replaced
  local upper = text:gsub("%f[%a]%a", string.upper)
  hits = hits + #upper
end
print(sum, words, hits)
