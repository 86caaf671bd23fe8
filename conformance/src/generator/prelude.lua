-- What every generated program finds. Its work is bounded: each call and each turn of a loop takes of
-- `fuel`. What it prints says nothing of addresses, and no string grows long.
local type, tostring, tonumber, pairs, pcall, select, error, sub, gsub = type, tostring, tonumber, pairs, pcall, select, error, string.sub, string.gsub
local concat, write, format = table.concat, io.write, string.format
local fuel = 0

function take()
  fuel = fuel - 1
  if fuel < 0 then error("out of fuel", 0) end
end

-- A string of bounded length, and other values as they are.
function cut(value)
  if type(value) == "string" then return (gsub(sub(value, 1, 120), "%-nan", "nan")) end
  return value
end

-- What can be a key whose place depends on nothing but its value.
function key(value)
  local kind = type(value)
  if kind == "number" or kind == "string" or kind == "boolean" then return value end
  return kind
end

-- The library's would move items for hours at some positions.
local add = table.insert
function insert(list, position, ...)
  local number = tonumber(position)
  if number and not (number > -20 and number < 20) then position = 1 end
  return add(list, position, ...)
end

local function show(value, depth)
  local kind = type(value)
  if kind == "string" then return format("%q", cut(value)) end
  if kind == "number" then return value ~= value and "nan" or tostring(value) end
  if kind ~= "table" then return kind == "nil" and "nil" or kind == "boolean" and tostring(value) or kind end
  if depth > 3 then return "{...}" end
  local parts = {}
  for k, v in next, value do
    parts[#parts + 1] = show(k, depth + 1) .. "=" .. show(v, depth + 1)
    if #parts > 40 then break end
  end
  return "#" .. #value .. "{" .. concat(parts, ",") .. "}"
end

function p(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = show((select(i, ...)), 0) end
  write(concat(parts, " "), "\n")
  return ...
end

function text(value)
  local kind = type(value)
  if kind == "table" or kind == "function" or kind == "thread" or kind == "userdata" then return kind end
  return cut(tostring(value))
end

-- An environment: a new table, or the given one, that sees the globals. Its metatable does not hold
-- them, since programs print what they find and `package` tells of the system.
local globals = _G
function env(table)
  return setmetatable(type(table) == "table" and table or {}, {__index = function(_, name) return globals[name] end})
end

function run(number, program)
  write("program ", number, "\n")
  fuel = 400
  p(pcall(program, number, "arg", nil, {1, 2}))
end
