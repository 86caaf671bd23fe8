-- Reserves several articles, all or none: pairs of a stock key and an amount. Returns OK, or an error
-- that names the first article that is short.
--
-- KEYS     the stocks
-- ARGV     the amount for each
if #KEYS ~= #ARGV then
  return redis.error_reply("ARGS one amount for each stock")
end
for i, key in ipairs(KEYS) do
  local stock = tonumber(redis.call("GET", key) or "0")
  if stock < tonumber(ARGV[i]) then
    return redis.error_reply(string.format("SHORT %s has %d of %d", key, stock, ARGV[i]))
  end
end
for i, key in ipairs(KEYS) do
  redis.call("DECRBY", key, ARGV[i])
end
return redis.status_reply("OK")
