-- What is done with one step: its `up` and all that follows from how it ends, or its `down`.
local native = ...

local bodies = require "tide.runbook.bodies"
local context = require "tide.runbook.context"
local failure = require "tide.runbook.failure"
local words = require "tide.runbook.words"

local steps = {}

local function say(...) native.log.log("info", ...) end

local function took(entry) return words.length(entry.ms / 1000) end

-- Whether the step's `verify` holds; nil where it has none. What it raises is said by the second value.
local function verified(runner, step)
  if not step.given.verify then return nil end
  local ok, value, why = xpcall(step.given.verify, native.host.catch, runner.run)
  if not ok then return false, value.described end
  if value == false then
    local _, caught = xpcall(native.host.raise, native.host.catch, { kind = "verify",
      message = ("%s: %s"):format(step.title, why ~= nil and tostring(why) or "verify says no") })
    return false, caught.described
  end
  return true
end

-- A step that had begun when its process ended: done already when its `verify` says so, else begun again.
local function was_done(runner, step)
  if not step.given.verify then
    say(("%s %s had begun and did not finish: it runs again"):format(step.number, step.title))
    return false
  end
  return verified(runner, step) == true
end

-- From here on the step is under way: its start is on disk, what happens is noted as its own, its timeout runs.
local function enter(runner, step, event)
  runner.current, runner.step_began = step, native.time.monotonic()
  runner:record({ event = event, step = step.key }, true)
  native.runbook.enter(step.key)
  native.runbook.arm((step.timeout or 0) * 1000)
end

-- The entry that ends the step; its ms, and what was dropped of its output.
function steps.leave(runner, entry, sync)
  native.runbook.arm(0)
  local dropped = native.runbook.enter ""
  entry.step, entry.ms = runner.current.key, (native.time.monotonic() - runner.step_began) * 1000
  if dropped > 0 then entry.dropped_bytes = dropped end
  runner.budgets:of_step(runner.current, runner.step_began)
  runner:record(entry, sync)
  runner.current = nil
  return entry
end

local function refuse_open_transaction(runner)
  local state = native.db.transaction_state(runner.db)
  if runner.request.dry_run or state == "idle" or state == "lost" then return end
  pcall(native.db.rollback, runner.db)
  native.host.raise { kind = "lua", message = "the step left a transaction open, which was rolled back: COMMIT it, or better "
    .. "let db:transaction end it" }
end

local function body(runner, step)
  bodies[step.body](runner, step, runner.run)
  refuse_open_transaction(runner)
  runner:reconnect()
  local holds, why = nil, nil
  if not runner.request.dry_run then holds, why = verified(runner, step) end
  if holds == false then error(why, 0) end
  runner.changed = context.changes(runner.kept, runner.before)
end

-- One try of its `up`; what it raises is returned.
local function try(runner, step)
  runner.tries[step.key] = (runner.tries[step.key] or 0) + 1
  enter(runner, step, "start")
  local ok, caught = xpcall(body, native.host.catch, runner, step)
  if not ok then return caught.described end
  local entry = steps.leave(runner, { event = "done", kept = runner.changed })
  if entry.dropped_bytes then
    native.log.log("warn", ("  %d bytes of its output are not in the journal"):format(entry.dropped_bytes))
  end
  say("  done, " .. took(entry))
end

-- Does one step; returns the stage to go on with when that is another one.
function steps.perform(runner, step, resumed)
  local given = step.given
  if given.when and not given.when(runner.run) then
    runner:record { event = "skipped", step = step.key, reason = "when" }
    return say(("%s %s: skipped, does not apply"):format(step.number, step.title))
  end
  say(("%s %s"):format(step.number, step.title))
  runner.budgets:enter_phase(step.phase)
  runner:reconnect()
  if resumed and was_done(runner, step) then
    runner:record { event = "done", step = step.key, ms = 0, by = "verify" }
    return say "  was done already, as its verify shows"
  end
  local error_object = try(runner, step)
  if error_object then return steps.failed(runner, step, error_object) end
end

local function follow(runner, step, choice, reason, pause)
  if choice == "retry" then
    say("  " .. reason)
    if pause then native.host.sleep(pause * 1000) end
  elseif choice == "skip" then
    runner:record({ event = "skipped", step = step.key, reason = reason }, true)
  elseif choice == "done" then
    runner:record({ event = "done", step = step.key, ms = 0, by = reason }, true)
  else
    return choice == "revert" and "revert" or runner:stop "failed"
  end
end

-- A failed step: retried, skipped, taken as done, or the end of the walk.
function steps.failed(runner, step, error_object)
  if error_object.kind == "interrupted" and not runner.timed_out then error(error_object, 0) end
  runner.timed_out = nil
  runner.last_failure, runner.failed_step = error_object, step
  steps.leave(runner, { event = "failed", error = failure.fields(error_object) })
  if runner.request.dry_run then
    native.log.log("warn", ("  in this dry run it fails: %s"):format(failure.text(error_object)))
    return runner:record { event = "skipped", step = step.key, reason = "dry run" }
  end
  native.log.log("error", ("  failed: %s"):format(failure.text(error_object)))
  local choice, reason, pause = failure.decide(runner, step, error_object)
  runner.journal:write { event = "decision", step = step.key, choice = choice, reason = reason, by = runner.request.who }
  return follow(runner, step, choice, reason, pause)
end

local function down(runner, step)
  step.given.down(runner.run)
  refuse_open_transaction(runner)
end

-- Before a revert passes the step that ended another (maintenance mode) that one is on again: what lies between them was
-- done under it, and is taken back under it.
local function put_on_again(runner, step, by)
  local other = step.ends
  say(("%s %s: on again while the steps before are taken back"):format(other.number, other.title))
  runner.current, runner.step_began = step, native.time.monotonic()
  runner:record({ event = "start", step = other.key, action = "on again" }, true)
  native.runbook.enter(step.key)
  native.runbook.arm((other.timeout or 0) * 1000)
  local ok, caught = xpcall(other.given.up, native.host.catch, runner.run)
  if not ok and caught.described.kind == "interrupted" then native.host.rethrow(caught) end
  if not ok then return steps.down_failed(runner, by, caught.described) end
  steps.leave(runner, { event = "reverted", by = by }, true)
end

local function was_ended(runner, step)
  local state = step.ends and runner.states[step.ends.key]
  return state ~= nil and state.state == "ended"
end

-- Runs the `down` of a step; what it raises is returned.
function steps.take_back(runner, step, by)
  if by == "revert" and was_ended(runner, step) then
    runner:reconnect()
    return put_on_again(runner, step, by)
  end
  if not step.given.down then
    if step.body == "up" then native.log.log("warn", ("%s %s has no down: what it did stays"):format(step.number, step.title)) end
    return runner:record { event = "reverted", step = step.key, by = "no down", ms = 0 }
  end
  say(("%s %s: down"):format(step.number, step.title))
  runner:reconnect()
  enter(runner, step, "down")
  local ok, caught = xpcall(down, native.host.catch, runner, step)
  if not ok and caught.described.kind == "interrupted" then native.host.rethrow(caught) end
  if not ok then return steps.down_failed(runner, by, caught.described) end
  say("  taken back, " .. took(steps.leave(runner, { event = "reverted", by = by }, true)))
end

-- The `down` that is under way did not come about; returns why.
function steps.down_failed(runner, by, error_object)
  steps.leave(runner, { event = "revert_failed", by = by, error = failure.fields(error_object) }, true)
  return error_object
end

return steps
