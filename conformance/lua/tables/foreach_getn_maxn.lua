table.foreach({a = 1}, print) table.foreachi({"x", "y"}, print)
print(table.foreach({1, 2, 3}, function(k, v) if v == 2 then return k * 10 end end)) print(table.foreachi({1, 2, 3}, function(i, v) if i == 3 then return "third" end end))
print(table.getn {1, 2, 3}, table.getn {}, table.maxn {1, 2, [10] = 1}, table.maxn {}, table.maxn {[1.5] = 1, [-3] = 1}, table.maxn {a = 1}, table.maxn {[1e10] = 1})
print(pcall(table.setn, {}, 3)) print(pcall(table.getn)) print(pcall(table.foreach, {1}, function() error("e", 0) end))
