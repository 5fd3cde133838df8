-- How a run ends: facts compared, the journal closed, the report written, and what the caller is told.
local native = ...

local journal = require "tide.runbook.journal"
local report = require "tide.runbook.report"
local walk = require "tide.runbook.walk"

local outcome = {}

local function facts_module()
  local ok, facts = pcall(require, "tide.facts")
  if ok then return facts end
  native.log.log("warn", "this build of tide has no facts: they are not taken")
end

-- Of the `facts` of a runbook `expected` is ours, the rest is what facts.take is told.
local function split(given)
  local options, expected = {}, nil
  for name, value in pairs(given) do
    if name == "expected" then expected = value else options[name] = value end
  end
  return options, expected
end

function outcome.take_facts(runner, when)
  if not runner.plan.facts or runner.request.dry_run then return end
  if when == "before" and journal.first(runner.earlier, "facts") then return end
  local facts = facts_module()
  if not facts then return end
  local taken = facts.take(runner.db, (split(runner.plan.facts)))
  runner:record({ event = "facts", when = when, facts = taken }, true)
  return taken
end

-- Why the facts after are not what was expected, or nil.
function outcome.compare_facts(runner)
  local after = outcome.take_facts(runner, "after")
  if not after then return end
  local before = journal.first(runner:entries(), "facts")
  local _, expected = split(runner.plan.facts)
  local ok, result = pcall(facts_module().compare, before.facts, after, expected)
  if not ok then return result end
  runner:record { event = "compared", result = result }
end

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
    local kept_off = state and state.state == "reverted" and state.reverted_by == "end"
    if state and (state.state == "done" or state.state == "ended" or kept_off) then done = done + 1 end
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
  local model = report.model(journal.read(runner.id))
  local digests = {}
  for name, text in pairs { ["report.md"] = report.markdown(model), ["report.html"] = report.html(model) } do
    native.runbook.write(runner.id, name, text)
    digests[name] = native.digest.sha256(text)
  end
  runner:record({ event = "report", digests = digests }, true)
end

-- Ends the journal; raises what the run failed with.
function outcome.close(runner)
  local request = runner.request
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
