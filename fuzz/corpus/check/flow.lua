#!lua flags=no-writes
local v = redis.call('GET', KEYS[1])
local b = redis.call('HMGET', KEYS[1], 'a', 'b')
if v == nil or redis.call('EXISTS', KEYS[2]) then v = b[1] or 0 end
if b[1] == false then return 1 elseif not b[2] then error('x') return 2 end
local function f(n) v = n return n + v end
for i, key in ipairs(KEYS) do if i > ARGV[1] then break end f(key) end
while true do redis.call('SET', KEYS[1], 'OK') end
if redis.call('TYPE', KEYS[1]) == 'set' then return redis.call('TIME') * 1000 end
return redis.call('HGETALL', KEYS[1]).name -- evalua: allow(no-rule, wrong-arity)
