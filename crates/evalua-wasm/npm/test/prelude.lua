-- What programs of the corpus take for granted of a system: a way to write.
local put, tostring, select = put, tostring, select
_G.put = nil
io = {}
function io.write(...)
  for i = 1, select("#", ...) do
    put(tostring((select(i, ...))))
  end
end
