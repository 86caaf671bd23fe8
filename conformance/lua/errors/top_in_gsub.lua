string.gsub("abc", "%w", function(c) error("callback " .. c) end)
