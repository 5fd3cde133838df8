-- Waiting in a step: until something holds, while something is watched; reminders are said meanwhile.
local native = ...

local waits = {}

local function seconds(value, what) return native.host.duration(value, what) / 1000 end

local function fail(message) native.host.raise { kind = "verify", message = message } end

-- In pieces, so that the reminders of the timers come when they are due.
local function doze(run, length)
  local until_ = native.time.monotonic() + length
  while true do
    local left = until_ - native.time.monotonic()
    if left <= 0 then return end
    native.host.sleep(math.min(left, 1) * 1000)
    run.runner:tick()
  end
end

-- In a watcher the others go on meanwhile.
function waits.pause(run, length)
  length = seconds(length, "run:pause: what it takes")
  if coroutine.running() and run.runner.watching then return coroutine.yield(length) end
  if not run.dry_run then doze(run, length) end
end

local HOLD = { every = "string|number", for_ = "string|number", within = "string|number" }

-- What the condition says: true, or false and what it saw. An error is a false that says why, and so is a server that
-- cannot be reached yet.
local function look(run, condition)
  local ok, value, seen = pcall(function()
    run.runner:reconnect()
    return condition(run)
  end)
  if not ok then
    if type(value) == "table" and (value.kind == "interrupted" or value.kind == "usage") then error(value, 0) end
    return false, tostring(value)
  end
  return value, seen
end

-- Until condition(run) holds, and has held for `for_`; fails with what it saw last.
function waits.hold_until(run, condition, options)
  options = native.options("run:hold_until", options, HOLD)
  if type(condition) ~= "function" then
    native.host.raise { kind = "usage", message = "run:hold_until takes a function and options" }
  end
  if run.dry_run then return end
  local every, steady = seconds(options.every or "5s", "every"), seconds(options.for_ or 0, "for_")
  local within = seconds(options.within or "10m", "within")
  local began, since = native.time.monotonic(), nil
  while true do
    local holds, seen = look(run, condition)
    local now = native.time.monotonic()
    since = holds and (since or now) or nil
    if since and now - since >= steady then return holds end
    if now - began + (since and 0 or every) > within then
      fail(("did not hold within %gs%s"):format(within, seen ~= nil and ": " .. tostring(seen) or ""))
    end
    doze(run, since and math.min(every, math.max(steady - (now - since), 0.01)) or every)
  end
end

-- A watcher calls its function every so often, for so long; the first failure ends all of them.
local function watcher(run, task, fn, every, length)
  return coroutine.create(function()
    repeat
      task.rounds = task.rounds + 1
      local ok, seen = fn(run)
      if ok == false then fail(("%s: %s"):format(task.name, seen ~= nil and tostring(seen) or "does not hold")) end
      if native.time.monotonic() - task.began + every > length then break end
      coroutine.yield(every)
    until false
  end)
end

local function reason(failure)
  return type(failure) == "table" and failure.message or tostring(failure)
end

-- What became of a watcher, for the report.
local function note_watcher(run, task, ok, message)
  run.runner:note { event = "watch", name = task.name, ok = ok, rounds = task.rounds, message = message,
    from = task.began - run.runner.journal.began }
end

-- Whose turn is next, and when.
local function earliest(tasks)
  local first
  for _, task in ipairs(tasks) do
    if not first or task.due < first.due then first = task end
  end
  return first
end

local function forget(tasks, task)
  for i, each in ipairs(tasks) do
    if each == task then return table.remove(tasks, i) end
  end
end

local function interleave(run, tasks)
  while #tasks > 0 do
    local task = earliest(tasks)
    local left = task.due - native.time.monotonic()
    if left > 0 then doze(run, left) end
    local ok, pause = coroutine.resume(task.co)
    if not ok then
      forget(tasks, task)
      note_watcher(run, task, false, reason(pause))
      error(pause, 0)
    elseif coroutine.status(task.co) == "dead" then
      forget(tasks, task)
      note_watcher(run, task, true)
    else
      task.due = native.time.monotonic() + (tonumber(pause) or 0)
    end
  end
end

-- watch(fn or { { "Name", fn, every =, for_ = }, ... }, { every =, for_ = })
function waits.watch(run, watchers, options)
  options = native.options("run:watch", options, { every = "string|number", for_ = "string|number" })
  if type(watchers) == "function" then watchers = { { "the watched condition", watchers } } end
  if run.dry_run then return end
  local began, tasks = native.time.monotonic(), {}
  for i, each in ipairs(watchers) do
    local every = seconds(each.every or options.every or "5s", "every")
    local length = seconds(each.for_ or options.for_ or "1m", "for_")
    local task = { name = each[1], due = began, began = began, rounds = 0 }
    task.co, tasks[i] = watcher(run, task, each[2], math.max(every, 0.001), length), task
  end
  run.runner.watching = true
  local ok, failure = xpcall(interleave, native.host.catch, run, tasks)
  run.runner.watching = nil
  if ok then return end
  for _, task in ipairs(tasks) do note_watcher(run, task, true, "ended with the others") end
  native.host.rethrow(failure)
end

return waits
