print(("aXa"):find("^a"), ("aXa"):find("a$"), ("aXa"):find("^a$"), ("a^a"):find("a^"), ("a$a"):find("$a"), ("a$"):find("a$$"))
print(("\n"):find("^\n$"), ("ab\ncd"):find("^cd"), ("ab\ncd"):find("ab$"), (""):find("^$"))
print(("xax"):gsub("^x", "-"), ("xax"):gsub("x$", "-"), ("xax"):gsub("^x*", "-"), ("abc"):find("^b", 2), ("abc"):match("^(b)", 2))
print(("abc"):gsub(".", "%0%0"), ("abc"):gsub("^.", "%0%0"))
