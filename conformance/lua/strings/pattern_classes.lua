local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
for _, c in ipairs {"%a", "%A", "%c", "%C", "%d", "%D", "%l", "%L", "%p", "%P", "%s", "%S", "%u", "%U", "%w", "%W", "%x", "%X", "%z", "%Z", ".",
  "[a-z]", "[^a-z]", "[%a_]", "[]]", "[^]]", "[a%-z]", "[%d-z]", "[a-]", "[-a]", "[%]]", "[^%s]", "[\128-\255]", "%%", "%.", "[.]", "[+-]"} do
  local n, sum = 0, 0
  for ch in all:gmatch(c) do n = n + 1 sum = sum + ch:byte() end
  print(c, n, sum)
end
