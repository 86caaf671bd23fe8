-- string.format.
-- Addresses are not the same in two runs.
local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...))):gsub("0x%x+", "ADDRESS")
  end
  print(table.concat(texts, "\t"))
end
local function try(...) show(pcall(...)) end
-- The name of a function is in its errors only where it is called by name.
local function run(source)
  local chunk, message = loadstring(source, "=run")
  if not chunk then return show("syntax", message) end
  local t = {pcall(chunk)}
  show(source, unpack(t, 1, table.maxn(t)))
end

run"return string.format()" run"return string.format('%')" run"return string.format('%d')" run"return string.format('%y', 1)" run"return string.format('%p', 1)" run"return string.format('%', 1)" run"return string.format('x%', 1)" run"return string.format('%\\0', 1)"
run"return string.format('%123d', 1)" run"return string.format('%.123d', 1)" run"return string.format('%------d', 1)" run"return string.format('%-----d', 1)" run"return string.format('%-+ #0d', 1)" run"return string.format('%1.2.3d', 1)" run"return string.format('%-5')"
run"return string.format('%a', 1)" run"return string.format('%ld', 1)" run"return string.format('%F', 1)" run"return string.format('%5%', 1)" run"return string.format('%n', 1)" run"return string.format('%\\200', 1) == 1"
run"return string.format('%d', 'x')" run"return string.format('%d', '10')" run"return string.format('%d', {})" run"return string.format('%s', nil)" run"return string.format('%s', {})" run"return string.format('%s', true)" run"return string.format('%s %s', 1, 2)" run"return string.format('%q', nil)" run"return string.format('%c', 'x')" run"return string.format({})" run"return string.format(5)"
run"return ('%d'):format(3.99)" run"return ('%d'):format(-3.99)" run"return ('%5d|%-5d|%05d'):format(42, 42, 42)" run"return ('%i'):format(7)" run"return ('%u'):format(-1)" run"return ('%s'):format('x', 'extra')" run"return ('%%'):format()" run"return ('100%% %s'):format('x')"
run"return ('%x %X %o %#x'):format(255, 255, 8, 255)" run"return ('%e %E %f %g %G'):format(1, 1, 1, 1, 1e-10)" run"return ('%5.1f|%.0f|%10.3e'):format(3.14159, 2.5, 12345.678)" run"return ('%.3s|%5s|%-5s|'):format('abcdef', 'x', 'y')" run"return ('%c%c%c'):format(76, 117, 97)"
run"return ('%q'):format('a\\n\"b\\\\c\\0d\\re')" run"return ('%5q'):format('x')" run"return ('%s'):format('a\\0b')" run"return ('%q'):format(5)" run"return ('%.20s'):format('a\\0b')"
show((("%s"):format(("x"):rep(120) .. "\0y")):len(), (("%99s"):format(("x"):rep(100))):len(), (("%99s"):format(("x"):rep(98))):len(), (("%.50s"):format(("x"):rep(120))):len(), (("%99.99s"):format(("x"):rep(120))):len())
show(("%5c|%-5c|%c|"):format(0, 0, 0)) show(("%5c|%-5c|"):format(65, 65)) show(("%s%s%s"):format(1, 1.5, "x")) show(("%d"):format(2^53), ("%d"):format(-2^63), ("%d"):format(2^63), ("%.14g"):format(0.1), ("%.99f"):format(1/3)) show(("%5s"):format(12), ("%s"):format(-0.0), ("%g"):format(-0.0), ("%d"):format(-0.5))
show(("%f %e %g"):format(1/0, -1/0, 0/0)) show(("%d"):format(0/0)) show(("%99.99f"):format(1e300)) show(("a\0%d\0b"):format(5) == "a\0005\0b") show(("%d items, %s!"):format(3, "done"))
