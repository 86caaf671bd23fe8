local push, take, finish = script("after/push.lua"), script("after/take.lua"), script("after/finish.lua")
local JOBS = "jobs"

require("cases"){
  push = function(now, job)
    return push{ keys = { JOBS }, args = { now, job } }
  end,
  take = function(now, lease)
    local taken = take{ keys = { JOBS }, args = { now, lease } }
    if taken then
      return taken[1], taken[2]
    end
  end,
  finish = function(job, receipt)
    return finish{ keys = { JOBS }, args = { job, receipt } }
  end,
  count = function()
    return redis("ZCARD", JOBS)
  end,
}
