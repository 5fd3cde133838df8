-- The way back: all that had begun, and what must not stay on however the run ends.
local native = ...

local failure = require "tide.runbook.failure"
local steps = require "tide.runbook.step"
local walk = require "tide.runbook.walk"

local revert = {}

local function refuse(runner, kind, message)
  runner.last_failure = { kind = kind, message = message }
  return runner:stop "failed"
end

-- The `down` of a step failed, or was cut off: the way back ends here.
function revert.failed(runner, step, error_object)
  native.log.log("error", ("  down failed: %s"):format(failure.text(error_object)))
  runner.last_failure, runner.failed_step = error_object, step
  return runner:stop "revert_failed"
end

-- Where nobody can be asked the answer is no.
local function may_pass(barrier)
  local ok, answer = pcall(confirm, ("The point of no return (%s) was passed. Revert all the same?"):format(barrier.title))
  if not ok and answer.kind == "interrupted" then error(answer, 0) end
  return ok and answer
end

-- The stages of the runner: each gives the next one.
function revert.all(runner)
  local barrier = walk.no_return(runner.plan, runner.states)
  if barrier and not may_pass(barrier) then
    return refuse(runner, "gate", ("the point of no return was passed with step %s %s; --yes reverts all the same"):format(
      barrier.number, barrier.title))
  end
  while true do
    local step = walk.to_revert(runner.plan, runner.states)[1]
    if not step then break end
    if step.given.irreversible then
      return refuse(runner, "lua", ("%s %s cannot be taken back: %s"):format(step.number, step.title, step.given.irreversible))
    end
    local error_object = steps.take_back(runner, step, "revert")
    if error_object then return revert.failed(runner, step, error_object) end
  end
  runner.end_state = "reverted"
  return "tidy"
end

-- What must be off stays on: the run has failed, whatever else it did.
function revert.still_on(runner, step, error_object)
  native.log.log("error", ("\"%s\" is STILL ON: its down failed: %s"):format(step.title, failure.text(error_object)))
  runner.last_failure = runner.last_failure or error_object
  if runner.end_state == "done" then runner.end_state = "failed" end
end

function revert.tidy(runner)
  runner.journal.tidying = true
  for _, step in ipairs(walk.to_tidy(runner.plan, runner.states)) do
    if not runner.untidy[step.key] and not runner.request.dry_run then
      runner.untidy[step.key] = true -- also when it is interrupted: it is tried once
      local error_object = steps.take_back(runner, step, "end")
      if error_object then revert.still_on(runner, step, error_object) end
    end
  end
  return "close"
end

return revert
