-- Lets at most so many requests pass in the time up to now: 1 and how many more may, or 0 and the
-- milliseconds until one may.
--
-- KEYS[1]  the times of one client's requests that have passed: a packed list
-- ARGV[1]  now, milliseconds
-- ARGV[2]  the length of the window, milliseconds
-- ARGV[3]  how many may pass
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local packed = redis.call("GET", KEYS[1])
local recent = {}
if packed then
  for _, time in ipairs(cmsgpack.unpack(packed)) do
    if time > now - window then
      recent[#recent + 1] = time
    end
  end
end
if #recent >= limit then
  return { 0, recent[1] + window - now }
end
-- A list has room for equal times; one write has the list and the end of its life.
recent[#recent + 1] = now
redis.call("SET", KEYS[1], cmsgpack.pack(recent), "PX", window)
return { 1, limit - #recent }
