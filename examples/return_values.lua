-- What each kind of Lua value becomes on its way to the client.
--
-- ARGV[1]  the kind of value to return
local values = {
  string = "text",
  bytes = "a\0b\r\n\255",
  integer = 42,
  ["almost 4"] = 3.99,
  ["almost -4"] = -3.99,
  large = 2 ^ 53,
  table = { 1, "two", { 3, { "four" } } },
  empty = {},
  hole = { 1, 2, nil, 4 },
  fields = { 1, 2, name = "dropped" },
  yes = true,
  no = false,
  status = redis.status_reply("FINE"),
  ok = { ok = "OK" },
  error = redis.error_reply("ERR something went wrong"),
  ["error without a code"] = redis.error_reply("failed"),
  code = { err = "MYCODE something went wrong" },
  inner = { 1, redis.error_reply("FAILED inside"), redis.status_reply("GOOD") },
  call = redis.call("SET", "return_values", "1"), -- evalua: allow(key-not-declared)
  ["function"] = function() end,
}
return values[ARGV[1]]
