-- pcall, error and xpcall, with and without a failure.
local function check(n)
  if n % 3 == 0 then
    error("bad number " .. n)
  elseif n % 3 == 1 then
    error({ code = n })
  end
  return n
end
local function handler(e)
  return type(e) == "table" and e.code or #e
end
local fine, failed, sum = 0, 0, 0
for i = 1, 200000 do
  local ok, e = pcall(check, i)
  if ok then
    fine = fine + 1
  else
    failed = failed + 1
    sum = sum + (type(e) == "table" and e.code or #e)
  end
  local _, v = xpcall(function()
    return check(i)
  end, handler)
  sum = sum + v
end
for i = 1, 500000 do
  local ok, v = pcall(math.abs, -i)
  sum = sum + v
end
print(fine, failed, sum)
