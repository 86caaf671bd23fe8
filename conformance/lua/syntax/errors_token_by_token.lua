-- A program cut after, and broken at, each of its tokens.
local program = [==[ local a , b = 1 , "two" ; function t . f : m ( x , ... ) if x <= 3 and not y then return { [ x ] = 1 , k = -2 ; ... } elseif # x ~= 4 then for i = 1 , 2 , 3 do break end else repeat local z = x .. "s" until z == [[long]] end while true do f { } ( x . y [ 1 ] : m "s" ) end for k , v in pairs ( t ) do end end return ( a + b * 2 ^ 3 / 4 % 5 ) ]==]
local tokens = {} for token in program:gmatch("%S+") do tokens[#tokens + 1] = token end print(#tokens, loadstring(program) ~= nil)
for i = 1, #tokens do local f, m = loadstring(table.concat(tokens, " ", 1, i), "=cut") print(i, tokens[i], f and "ok" or m) end
for i = 1, #tokens do local t = {unpack(tokens)} table.remove(t, i) local f, m = loadstring(table.concat(t, " "), "=removed") print(i, f and "ok" or m) end
for _, wrong in ipairs{"@", "end", "1", "=", "x", "(", "'str'", "..."} do for i = 1, #tokens do local t = {unpack(tokens)} t[i] = wrong local f, m = loadstring(table.concat(t, "\n"), "=replaced") print(wrong, i, f and "ok" or m) end end
for i = 1, #tokens do local t = {unpack(tokens)} table.insert(t, i, tokens[i]) local f, m = loadstring(table.concat(t, "\n"), "=doubled") print(i, f and "ok" or m) end
