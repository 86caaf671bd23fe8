local a = "unfinished
for