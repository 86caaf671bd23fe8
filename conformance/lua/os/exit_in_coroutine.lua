-- os.exit inside a coroutine inside pcall, with output still to be written.
io.write("no newline yet")
pcall(coroutine.wrap(function() print(pcall(function() io.write(" buffered ") os.exit(7) end)) end))
print("never")
