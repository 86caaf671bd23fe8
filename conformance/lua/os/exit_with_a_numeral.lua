-- A string that is a number is a status.
print(pcall(os.exit, {}), pcall(os.exit, "x"))
io.write("buffered")
os.exit("4")
