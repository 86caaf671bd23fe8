local co = coroutine.create(function() return getfenv(0) == _G, getfenv(1) == _G end) print(coroutine.resume(co))
co = coroutine.create(function() setfenv(0, {marker = "m"}) return getfenv(0).marker end) print(coroutine.resume(co)) print(getfenv(0).marker)
co = coroutine.create(setfenv(function() return value end, {value = "fenv"})) print(coroutine.resume(co))
