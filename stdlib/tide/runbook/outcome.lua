-- How a run ends: the journal closed, the report written, and what the caller is told.
local native = ...

local before_after = require "tide.runbook.before_after"
local report = require "tide.runbook.report"
local walk = require "tide.runbook.walk"

local outcome = {}

local function advice(runner)
  local name, id = runner.name, runner.id
  if runner.end_state == "done" or runner.end_state == "reverted" or runner.end_state == "refused" then return nil end
  return {
    ("tide run %s --resume %s   goes on at the step that had not finished"):format(name, id),
    ("tide run %s --revert %s   takes back what was done, in reverse order"):format(name, id),
    ("tide report %s   shows what happened"):format(id),
  }
end

local function facts_of(runner)
  local done, on = 0, {}
  for _, step in ipairs(runner.plan.steps) do
    local state = runner.states[step.key]
    if state and state.came_about then done = done + 1 end
  end
  for _, step in ipairs(walk.to_revert(runner.plan, runner.states)) do
    if step.given.always_down then on[#on + 1] = step.title end
  end
  return done, on
end

local function raise_failure(runner)
  local source, done, on = runner.last_failure, facts_of(runner)
  local fields = {}
  for name, value in pairs(source) do fields[name] = value end
  fields.done = { ("%d of %d steps are done; the journal is .tide/runs/%s/journal.jsonl"):format(done, #runner.plan.steps,
    runner.id) }
  if runner.end_state == "reverted" then fields.done[1] = "what was done was taken back, in reverse order" end
  for _, title in ipairs(on) do fields.done[#fields.done + 1] = ("\"%s\" is STILL ON"):format(title) end
  fields.next = advice(runner) or source.next
  if runner.failed_step then
    fields.step = ("%s %s"):format(runner.failed_step.number, runner.failed_step.title)
  end
  native.host.raise(fields)
end

local function steps_of(runner)
  local steps = {}
  for i, step in ipairs(runner.plan.steps) do
    local state = runner.states[step.key]
    steps[i] = { number = step.number, title = step.title, state = state and state.state or "pending" }
  end
  return steps
end

-- The reports, and their digests in the journal behind what they tell.
local function write_report(runner)
  local found, digests = report.of(runner.id), {}
  for name, text in pairs { ["report.md"] = found:markdown(), ["report.html"] = found:html() } do
    native.runbook.write(runner.id, name, text)
    digests[name] = native.digest.sha256(text)
  end
  runner:record({ event = "report", digests = digests }, true)
end

-- Ends the journal; raises what the run failed with.
function outcome.close(runner)
  local request = runner.request
  before_after.at_end(runner)
  runner:record({ event = "end", state = runner.end_state, error = runner.last_failure
    and { kind = runner.last_failure.kind, message = runner.last_failure.message } or nil }, true)
  if runner.journal.lost then
    runner.last_failure = runner.last_failure or runner.journal.lost
  elseif not request.dry_run then
    write_report(runner)
    native.log.log("info", ("run %s: %s; journal %s"):format(runner.id, runner.end_state, runner.journal.hash:sub(1, 12)))
  else
    native.log.log("info", "dry run: nothing of this was done")
  end
  if runner.last_failure then raise_failure(runner) end
  return { run = runner.id, state = runner.end_state, steps = steps_of(runner), kept = runner.kept }
end

return outcome
