print("a\tb\\c\"d\'e\65\066\0067")
print('single "double" \'escaped\'')
print("line1\
line2")
print("\97\98\99", "\0491", #"\0", "\200" == string.char(200))
print([[raw \n
text]], [==[with ]] inside]==], [[
first newline skipped]])
print(#[[

x]])
print(#"\r\n", "a\z" == "az")
for _, s in ipairs {'"abc', "'abc", '"a\nb"', '"\\300"', '"\\256"', "[[abc", "[==[abc]=]", "[=abc", '"\\x41"', "[=[", '"\\', '"a\\'} do
  print((select(2, loadstring("return " .. s)) or "ok"), s)
end
