-- Empty matches, anchors, captures, and what a loop may do to its string.
local function all(s, p) local out = {} for a, b, c in s:gmatch(p) do out[#out + 1] = "<" .. tostring(a) .. "," .. tostring(b) .. "," .. tostring(c) .. ">" if #out > 30 then break end end print(("%q"):format(s), p, table.concat(out)) end
for _, s in ipairs{"", "a", "abc", "a b  c", "k=v, k2=v2", "aaa", "hello world from Lua", "((a)(b))", "1,2,,3", "x\0y"} do
  for _, p in ipairs{"", ".", ".*", ".-", "%a+", "%a*", "^a", "^.", "a$", "$", "()", "()%a", "%a()", "(%w+)=(%w+)", "%b()", "%f[%w]%w", "([^,]*)", "[^,]+", "%s*", "(a)(a)", "(.)(.)", "%z"} do all(s, p) end
end
local it = ("abc"):gmatch(".") print(it(), it("ignored"), it(), it(), it()) print(pcall(string.gmatch)) print(pcall(string.gmatch, "x")) print(pcall(string.gmatch, {}, "x")) print(pcall(("x"):gmatch("("))) print(pcall(("x"):gmatch("%"))) print(string.gfind == string.gmatch, pcall(string.gfind, "x"))
