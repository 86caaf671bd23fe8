for _, p in ipairs {"a*", "a+", "a-", "a?", "a-b", "a*b", "^a*$", "a?b", "(a*)b", "(a-)b", ".-b", ".*b", "a.b", "a.-b", "[ab]*", "[ab]-$", "b*$", "(b*)(a*)", "^(a*)(.-)$"} do
  print(p, ("aaab"):match(p))
  print(p, ("baaab"):find(p))
  print(p, ("aabaab"):gsub(p, "<%0>"))
end
