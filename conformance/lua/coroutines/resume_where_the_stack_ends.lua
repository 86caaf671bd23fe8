-- Coroutines that are first resumed, or resumed again, where native calls nest too deep.
local fresh, yielded = {}, {}
local n = 0
print(xpcall(error, function(m)
  n = n + 1
  local co = coroutine.create(function() return "ran" end)
  local results = {coroutine.resume(co)}
  local before = coroutine.status(co)
  local wrapped = {pcall(coroutine.wrap(function() return "wrapped" end))}
  if n > 190 then
    print(n, m, results[1], results[2], before, coroutine.resume(co))
    print(wrapped[1], wrapped[2])
  end
  fresh[#fresh + 1] = co
  error("again", 0)
end))
print(n, #fresh)
for i = 190, #fresh do io.write(coroutine.status(fresh[i]), " ") end
print()
local co = coroutine.create(function() while true do coroutine.yield("kept") end end)
print(coroutine.resume(co))
n = 0
print(xpcall(error, function(m)
  n = n + 1
  local ok, value = coroutine.resume(co)
  if n > 190 then print(n, ok, value, coroutine.status(co)) end
  error("again", 0)
end))
print(coroutine.status(co))
