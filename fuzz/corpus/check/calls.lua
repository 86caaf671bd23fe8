local call = redis.call
local cursor = '0'
local text = ''
local t = { 1, nil, 3, a = 1, a = 2 }
call('GTE', KEYS[1]) call('GET') call('MULTI') call('DEL', KEYS)
repeat
  local page = call('SCAN', cursor)
  cursor = page[1]
  text = text .. page[0] .. '\x41'
until cursor == '0'
call('SREM', KEYS[1], unpack(call('SMEMBERS', KEYS[2])))
call('EXPIRE', '{a}b', ARGV[1] / 2) call('GET', '{c}d')
redis.pcall('INCR', KEYS[1]) redis.error_reply('x')
return { n = #t, limit }
