-- Calls a function again while it fails.
local native = ...

local OPTIONS = {
  attempts = "number", within = "string|number", every = "string|number", backoff = "number",
  longest = "string|number", on = "string|table|function",
}
local KINDS = { "usage", "config", "connect", "lock", "sql", "lua", "verify", "gate", "interrupted", "io", "history" }
-- Trying again does not help.
local HOPELESS = { usage = true, config = true, gate = true, interrupted = true }

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function kind_of(failure) return type(failure) == "table" and rawget(failure, "kind") or "lua" end

local function check_kind(kind)
  for _, known in ipairs(KINDS) do
    if known == kind then return end
  end
  usage(("retry: '%s' is no kind of error; there are %s"):format(tostring(kind), table.concat(KINDS, ", ")))
end

-- A function that says whether a failure is worth another attempt.
local function chooser(on)
  if type(on) == "function" then return on end
  if on == nil then return function(failure) return not HOPELESS[kind_of(failure)] end end
  local wanted = {}
  for _, kind in ipairs(type(on) == "table" and on or { on }) do
    check_kind(kind)
    wanted[kind] = true
  end
  return function(failure) return wanted[kind_of(failure)] end
end

local function duration(options, name, default)
  return native.host.duration(options[name] or default, "retry: " .. name) / 1000
end

local function read_options(options, fn)
  options = native.options("retry", options, OPTIONS)
  if type(fn) ~= "function" then usage "retry takes options and a function: retry({ attempts = 5 }, function() ... end)" end
  local attempts = options.attempts or (options.within and math.huge or 3)
  if attempts < 1 then usage "retry: attempts is 1 at least" end
  if options.backoff and options.backoff < 1 then usage "retry: backoff is what the pause is multiplied by, 1 at least" end
  return {
    attempts = attempts, until_ = options.within and native.time.monotonic() + duration(options, "within") or math.huge,
    pause = duration(options, "every", "1s"), backoff = options.backoff or 1,
    longest = duration(options, "longest", "1m"), again = chooser(options.on),
  }
end

local function tell(plan, attempt, pause, failure)
  local count = plan.attempts < math.huge and ("%d of %d"):format(attempt, plan.attempts) or tostring(attempt)
  native.log.log("info", ("attempt %s failed, the next one follows in %g s: %s"):format(count, pause, tostring(failure)))
end

local run

local function after(plan, fn, attempt, pause, ok, ...)
  if ok then return ... end
  local caught = ...
  local failure = type(caught) == "table" and caught.value or caught
  local late = native.time.monotonic() + pause > plan.until_
  if attempt >= plan.attempts or late or kind_of(failure) == "interrupted" or not plan.again(failure) then
    native.host.rethrow(caught)
  end
  tell(plan, attempt, pause, failure)
  native.host.sleep(pause * 1000)
  return run(plan, fn, attempt + 1, math.min(pause * plan.backoff, math.max(plan.longest, pause)))
end

function run(plan, fn, attempt, pause)
  return after(plan, fn, attempt, pause, xpcall(fn, native.host.catch, attempt))
end

return function(options, fn)
  local plan = read_options(options, fn)
  return run(plan, fn, 1, plan.pause)
end
