-- Work on bytes: string.byte, char and sub, a checksum and a base64 encoder.
local byte, char, sub, floor, concat = string.byte, string.char, string.sub, math.floor, table.concat
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function encode(s)
  local out, n = {}, 0
  for i = 1, #s, 3 do
    local a, b, c = byte(s, i, i + 2)
    local v = a * 65536 + (b or 0) * 256 + (c or 0)
    local w = floor(v / 262144)
    local x = floor(v / 4096) % 64
    local y = floor(v / 64) % 64
    local z = v % 64
    n = n + 1
    out[n] = sub(alphabet, w + 1, w + 1) .. sub(alphabet, x + 1, x + 1)
      .. (b and sub(alphabet, y + 1, y + 1) or "=") .. (c and sub(alphabet, z + 1, z + 1) or "=")
  end
  return concat(out)
end
local function adler(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + byte(s, i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end
local pieces = {}
for i = 0, 999 do
  pieces[i + 1] = char(i * 7 % 256, i % 256, i * i % 256)
end
local data = concat(pieces)
local sum = 0
for round = 1, 200 do
  local text = encode(data)
  sum = sum + adler(text) + adler(data)
  local reversed = {}
  for i = 1, #text do
    reversed[i] = text:sub(-i, -i)
  end
  sum = sum + #concat(reversed)
end
print(sum, encode("Man"), encode("Ma"), encode("M"))
