require("cases")(script("after/release.lua"))
