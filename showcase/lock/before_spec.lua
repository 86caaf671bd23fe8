require("cases")(script("before/release.lua"))
