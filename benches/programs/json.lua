-- A JSON encoder and decoder in plain Lua.
local encode
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }
local function quote(s)
  return '"' .. s:gsub('["\\%c]', escapes) .. '"'
end
function encode(v, out)
  local kind = type(v)
  if kind == "table" then
    if #v > 0 then
      out[#out + 1] = "["
      for i, item in ipairs(v) do
        if i > 1 then
          out[#out + 1] = ","
        end
        encode(item, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for k in pairs(v) do
        keys[#keys + 1] = k
      end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, k in ipairs(keys) do
        if i > 1 then
          out[#out + 1] = ","
        end
        out[#out + 1] = quote(k) .. ":"
        encode(v[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = quote(v)
  else
    out[#out + 1] = tostring(v)
  end
end
local decode
local function skip(s, at)
  return (s:find("%S", at))
end
local function decode_string(s, at)
  local close = at + 1
  while true do
    local c = s:byte(close)
    if c == 92 then
      close = close + 2
    elseif c == 34 then
      break
    else
      close = close + 1
    end
  end
  local text = s:sub(at + 1, close - 1)
  if text:find("\\", 1, true) then
    text = text:gsub("\\(.)", { n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\" })
  end
  return text, close + 1
end
function decode(s, at)
  at = skip(s, at)
  local c = s:sub(at, at)
  if c == "{" then
    local t = {}
    at = skip(s, at + 1)
    while s:sub(at, at) ~= "}" do
      local k
      k, at = decode_string(s, at)
      at = skip(s, at)
      t[k], at = decode(s, at + 1)
      at = skip(s, at)
      if s:sub(at, at) == "," then
        at = skip(s, at + 1)
      end
    end
    return t, at + 1
  elseif c == "[" then
    local t = {}
    at = skip(s, at + 1)
    while s:sub(at, at) ~= "]" do
      t[#t + 1], at = decode(s, at)
      at = skip(s, at)
      if s:sub(at, at) == "," then
        at = skip(s, at + 1)
      end
    end
    return t, at + 1
  elseif c == '"' then
    return decode_string(s, at)
  elseif s:sub(at, at + 3) == "true" then
    return true, at + 4
  elseif s:sub(at, at + 4) == "false" then
    return false, at + 5
  end
  local number = s:match("^-?[%d.eE+-]+", at)
  return tonumber(number), at + #number
end
local document = { users = {}, title = 'A "quoted" title', ok = true }
for i = 1, 60 do
  document.users[i] = { id = i, name = "user\t" .. i, score = i * 1.5, admin = i % 2 == 0, tags = { "a", "b\n", "c" } }
end
local length = 0
local text
for round = 1, 220 do
  local out = {}
  encode(document, out)
  text = table.concat(out)
  length = length + #text
  document = decode(text, 1)
end
print(length, #text, document.users[60].name, document.title)
