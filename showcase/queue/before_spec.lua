local push, take = script("before/push.lua"), script("before/take.lua")
local requeue, finish = script("before/requeue.lua"), script("before/finish.lua")
local WAITING, OUT = "{jobs}:waiting", "{jobs}:out"

require("cases"){
  push = function(_, job)
    return push{ keys = { WAITING }, args = { job } }
  end,
  take = function(now, lease)
    requeue{ keys = { WAITING, OUT }, args = { now } }
    return take{ keys = { WAITING, OUT }, args = { now, lease } }
  end,
  finish = function(job)
    return finish{ keys = { OUT }, args = { job } }
  end,
  count = function()
    return redis("LLEN", WAITING) + redis("ZCARD", OUT)
  end,
}
