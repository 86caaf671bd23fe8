print(("abab"):match("(ab)%1"), ("hello"):match("(l)%1"), ("x='y'"):match("(['\"])(.-)%1"))
print(pcall(string.match, "x", "%1"), pcall(string.match, "x", "(x)%2"), pcall(string.match, "xx", "(x%1)"))
print(("aXbX"):match("(%u)b%1"), (("word word"):gsub("(%w+) %1", "%1")))
print(pcall(string.match, "x", "(x)%0"))
