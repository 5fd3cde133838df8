-- What must be true before the first step and after the last one. The stages of the runner: each gives the next one.
local native = ...

local before_after = require "tide.runbook.before_after"
local failure = require "tide.runbook.failure"

local proofs = {}

local function say(...) native.log.log("info", ...) end

-- What the preflight functions find; what one raises is a finding too.
local function look(runner)
  runner.needs = {}
  native.runbook.recording(false)
  for _, fn in ipairs(runner.plan.preflight) do
    local ok, caught = xpcall(fn, native.host.catch, runner.run)
    if not ok then
      local error_object = caught.described
      if error_object.kind == "interrupted" then native.host.rethrow(caught) end
      runner:need { name = "the preflight comes to its end", ok = false, message = failure.text(error_object) }
    end
  end
  native.runbook.recording(runner.request.dry_run or false)
end

local function say_missing(needs, level)
  local missing = {}
  for _, check in ipairs(needs) do
    if not check.ok then
      missing[#missing + 1] = check.name .. (check.message and ": " .. check.message or "")
      native.log.log(level, "preflight: " .. missing[#missing])
    end
  end
  return missing
end

local function has_begun(states)
  for _, state in pairs(states) do
    if state.touched then return true end
  end
  return false
end

-- Once a step has begun it only warns: the run itself may have changed what held.
function proofs.before(runner)
  runner.last_failure = nil
  look(runner)
  runner.journal:write { event = "preflight", checks = runner.needs }
  local begun = has_begun(runner.states)
  local missing = say_missing(runner.needs, begun and "warn" or "error")
  if begun then return "facts" end
  if #missing == 0 then
    if #runner.needs > 0 then say(("preflight: %d checks hold"):format(#runner.needs)) end
    return "facts"
  end
  runner.last_failure = { kind = "gate", message = ("preflight: %d of %d checks do not hold:\n  %s"):format(#missing,
    #runner.needs, table.concat(missing, "\n  ")) }
  return runner:stop "refused"
end

-- Why it does not hold, as a failure, or nil.
local function look_at(runner, check)
  local ok, value, why = xpcall(check.fn, native.host.catch, runner.run)
  if not ok and value.described.kind == "interrupted" then native.host.rethrow(value) end
  local holds = ok and value ~= false
  local message = not ok and failure.text(value.described) or value == false and why ~= nil and tostring(why) or nil
  runner.journal:write { event = "check", success = true, name = check.title, ok = holds, message = message }
  if holds then return say("holds: " .. check.title) end
  local behind = message and ": " .. message or ""
  native.log.log("error", ("not so: %s%s"):format(check.title, behind))
  return { kind = "verify", message = ("\"%s\" does not hold%s"):format(check.title, behind) }
end

-- Every check is looked at; the first that does not hold is what the run fails with.
function proofs.after(runner)
  local wrong
  runner:reconnect()
  for _, check in ipairs(runner.request.dry_run and {} or runner.plan.success) do
    local found = look_at(runner, check)
    wrong = wrong or found
  end
  wrong = wrong or before_after.after(runner)
  runner.last_failure = wrong
  if wrong then return runner:stop "failed" end
  return runner:stop "done"
end

return proofs
