require("cases")(script("after/request.lua"))
