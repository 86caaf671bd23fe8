for _, p in ipairs {"[a", "[^", "[]", "[^]", "[%", "%", "(", ")", "(()", "a)", "(a))", "[a-", "[a-%", "%b", "%f", "[[]", "()" , "(.)(", "^*", "*", "+a", "-", "^", "$", "^$", "[%a-z]", "[a-%z]", "%g", "[z-a]"} do
  print(p, pcall(string.find, "abc(]", p))
end
print(pcall(string.find, "a", ("("):rep(33) .. ("a") .. (")"):rep(33)))
print(select("#", string.find("a", ("()"):rep(32))))
print(pcall(string.find, "a", ("()"):rep(33)))
