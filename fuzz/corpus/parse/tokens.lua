#!/usr/bin/lua
--[==[ long
comment ]==] x = 0x1F + 3.5e-2 .. [[
text]] .. '\065\n\z' .. "\"" -- end
return not -x ^ 2 and (a or b) .. c, f'', f{}, f[[]], ...
