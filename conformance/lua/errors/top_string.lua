print("before")
error("the end")
