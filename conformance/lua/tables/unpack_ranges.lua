print(unpack {1, 2, 3}) print(unpack({1, 2, 3}, 2)) print(unpack({1, 2, 3}, 2, 3)) print(unpack({1, 2, 3}, 3, 2)) print(unpack({}, 1, 3)) print(unpack({1, nil, 3}))
print(select("#", unpack({}, 1, 5)), select("#", unpack({n = 3}))) print(unpack({1, 2, 3}, -1, 1)) print(unpack({[0] = 0, 1}, 0))
print((unpack {1, 2, 3})) print(unpack({1, 2}, 1, 2), "x") print(pcall(unpack, {}, 1, 1e7)) print(pcall(unpack, {}, 1, 2 ^ 31)) print(pcall(unpack)) print(unpack({1, 2, 3}, "2"))
print(select("#", unpack({}, 1, 7000)))
