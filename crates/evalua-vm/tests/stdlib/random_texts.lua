-- Random subjects, patterns and replacements through every function that takes a pattern, and random
-- directives through format.
local seed = 20260101
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return math.floor(seed / 65536) % n + 1
end
local function build(pieces, most)
  local t = {}
  for i = 1, random(most) - 1 do t[i] = pieces[random(#pieces)] end
  return table.concat(t)
end
local function text(...)
  local t = {}
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    t[i] = type(v) == "string" and ("%q"):format(v):gsub("\n", "n") or tostring(v)
  end
  return table.concat(t, " ")
end
local subjects = {"a", "b", "ab", "aa", " ", "1", "(", ")", "%", "\0", "x.y", "\n", "\200"}
local patterns = {
  "a", "b", "ab", ".", "%a", "%d", "%s", "[ab]", "[^a]", "[%a_]", "[a-y]", "%w", "%W", "1", " ", "*", "+", "-", "?", "*", "-",
  "(", ")", "(", ")", "()", "%1", "%2", "%b()", "%bab", "%f[%a]", "$", "^", "%", "(.)", "(%w+)", ".-", "%p", "%z", "[^%s]", "\0",
}
local replacements = {"x", "%0", "%1", "%2", "%%", "%", "", "-", "yy", "%9", "\0"}
local calls = 0
local function callback(...)
  calls = calls + 1
  local kind = calls % 5
  if kind == 0 then return nil elseif kind == 1 then return (...) elseif kind == 2 then return 1.5 elseif kind == 3 then return false end
  return select("#", ...) .. ""
end
for case = 1, 6000 do
  local subject, pattern = build(subjects, 12), build(patterns, 7)
  local init = random(8) == 1 and random(20) - 10 or nil
  print(case, text(subject, pattern, init))
  print(text(pcall(string.find, subject, pattern, init)), text(pcall(string.match, subject, pattern, init)))
  print(text(pcall(string.gsub, subject, pattern, build(replacements, 4), random(4) == 1 and random(3) or nil)))
  print(text(pcall(string.gsub, subject, pattern, callback)), text(pcall(string.gsub, subject, pattern, {a = "A", b = 2, [" "] = false, ab = "AB", [1] = "one"})))
  print(text(pcall(function()
    local t = {}
    for a, b in string.gmatch(subject, pattern) do t[#t + 1] = text(a, b) end
    return table.concat(t, ";")
  end)))
end
local directives = {"%", "%", "d", "s", "q", "x", "X", "o", "u", "c", "i", "e", "g", "G", "f", "5", "10", ".", ".3", "0", "-", "+", " ", "#", "text", "%%", "%d", "%s", "%5.2f", "%-8s|", "%q", "%y"}
local values = {0, 1, -1, 42, 3.99, -2.5, 1e15, 2^53, 1e300, 0.1, -0.0, 1/0, 65, 255, "text", "12", "a\0b", "0x10", ("long"):rep(30), "\n\"\\\r"}
for case = 1, 4000 do
  local format = build(directives, 8)
  local a, b, c = values[random(#values)], values[random(#values)], values[random(#values)]
  print(case, text(format, a, b, c), text(pcall(string.format, format, a, b, c)))
end
