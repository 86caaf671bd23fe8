-- Decodes a document of 1 KB, changes it, and encodes it.
-- args: {document}
-- calls: 300
local document = cjson.decode(ARGV[1])
document.visits = document.visits + 1
document.items[1].price = 9.5
return cjson.encode(document)
