require("cases")(script("before/request.lua"))
