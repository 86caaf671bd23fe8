-- Every way in which a pattern can be wrong, in every function that takes one.
local patterns = {"[", "[a", "[^", "[]", "[^]", "[%", "[%]", "[a-", "[a-]", "%", "abc%", "(", ")", "(()", "())", "(a", "a)", "%b", "%bx", "%bxy", "%f", "%fa", "%f[", "%f[a", "%1", "(%1)", "(a)%2", "(a)%1", "(()%1)", "%0", "%9", "(a)(b)(c)(d)(e)(f)(g)(h)(i)%9", "*", "+a", "?", "-", "^*", "^^", "$$", "a$b", "^", "$", "", "[]]", "[^]]", "(", "()", "(()())", "(.-)%1", "a**", "a++", "a?-", "%a%", "[[]", "[a]]", "[[:alpha:]]", "a{2}", "a|b", "\\d", "\0", "a\0b", "[\0]", "[a\0]", "%\0", "%z", "%b\0\1", "(\0)"}
for _, p in ipairs(patterns) do
  local shown = p:gsub("%z", "\\0")
  for _, s in ipairs{"", "abc", "a)b(c", "aa11", "a\0b", "xy [] %"} do
    local function show(name, ...) local t = {...} for i = 1, select("#", ...) do t[i] = (tostring(t[i]):gsub("%z", "\\0")) end print(shown, name, unpack(t)) end
    show("find", pcall(string.find, s, p))
    show("match", pcall(string.match, s, p))
    show("gsub", pcall(string.gsub, s, p, "<%0>"))
    show("gmatch", pcall(function() local out = {} for a, b in s:gmatch(p) do out[#out + 1] = tostring(a) .. tostring(b) end return table.concat(out, ",") end))
  end
end
