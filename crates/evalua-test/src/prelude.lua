-- The part of the bench that must be Lua, since it yields: what is called by several clients at once.
local choose, set_client, takes_turns = ...
local resume, yield, running, status = coroutine.resume, coroutine.yield, coroutine.running, coroutine.status
local pcall, xpcall, error, pairs, type = pcall, xpcall, error, pairs, type
local remove, sort = table.remove, table.sort
local setmetatable = setmetatable

local prelude = {}

-- The coroutines in which clients run. What a client does in one of its own is no turn: the client resumes that itself.
local of_clients = setmetatable({}, { __mode = "k" })

local function create(f)
  local co = coroutine.create(f)
  of_clients[co] = true
  return co
end

local function may_yield()
  return takes_turns() and of_clients[running()]
end

-- A call that those of others may come before.
local function take_turn()
  if may_yield() then
    yield()
  end
end

-- A function that is a turn of its own.
function prelude.turn(run)
  return function(...)
    take_turn()
    return run(...)
  end
end

-- What can be called, for a reply or an error, and has a pcall, which gives the error.
function prelude.callable(run, run_protected)
  local object = {
    call = prelude.turn(run),
    pcall = prelude.turn(run_protected),
  }
  return setmetatable(object, {
    __call = function(_, ...)
      return object.call(...)
    end,
  })
end

-- Goes on with a coroutine that runs in the one of a client, and passes its turns on.
local function continue(co, ok, ...)
  if not ok then
    return false, ...
  end
  if status(co) == "dead" then
    return true, ...
  end
  yield()
  return continue(co, resume(co))
end

-- In Lua 5.1 nothing can yield through pcall.
function prelude.pcall(f, ...)
  if not may_yield() then
    return pcall(f, ...)
  end
  local co = create(function(...)
    return f(...)
  end)
  return continue(co, resume(co, ...))
end

function prelude.xpcall(f, handler)
  if not may_yield() then
    return xpcall(f, handler)
  end
  local function ended(ok, ...)
    if ok then
      return true, ...
    end
    return false, handler(...)
  end
  return ended(prelude.pcall(f))
end

local function go_on(client)
  set_client(client.name)
  local ok, reason = resume(client.co)
  set_client(nil)
  if not ok then
    error(reason, 0)
  end
end

-- Runs clients, functions by their names, whose calls come in the order that is chosen. `check` runs after each.
function prelude.interleave(clients, check)
  local waiting = {}
  for name, body in pairs(clients) do
    if type(name) ~= "string" or type(body) ~= "function" then
      error("interleave takes clients by their names: interleave{ a = function() … end, b = function() … end }", 3)
    end
    waiting[#waiting + 1] = { name = name, co = create(body) }
  end
  sort(waiting, function(a, b)
    return a.name < b.name
  end)
  -- Each up to its first call: that touches nothing that others see.
  local function run(i)
    go_on(waiting[i])
    if status(waiting[i].co) == "dead" then
      remove(waiting, i)
      return true
    end
  end
  local i = 1
  while i <= #waiting do
    if not run(i) then
      i = i + 1
    end
  end
  while #waiting > 0 do
    run(choose(#waiting))
    check()
  end
end

return prelude
