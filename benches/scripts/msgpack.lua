-- Unpacks the same document, which a key holds, changes it, and packs it.
-- keys: document
-- args: {document}
-- setup: EVAL return(redis.call('SET',KEYS[1],cmsgpack.pack(cjson.decode(ARGV[1])))) 1 document {document}
-- calls: 300
local document = cmsgpack.unpack(redis.call("GET", KEYS[1]))
document.visits = document.visits + 1
document.items[1].price = 9.5
return #cmsgpack.pack(document)
