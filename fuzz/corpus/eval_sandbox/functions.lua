local keep = redis
redis.register_function('f', function(keys, args) keep.x = 1 return redis.call('SET', keys[1], args[1]) end)
redis.register_function{function_name='g', callback=function() end, flags={'no-writes'}, description='d'}
redis.register_function('h', function() local t = {} t[1] = t return t end)