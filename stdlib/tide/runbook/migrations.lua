-- The migrations of the project, applied by the engine as `tide up` does: its lock, its gates, its history.
local native = ...

local journal = require "tide.runbook.journal"

local UP = {
  allow_out_of_order = "boolean", count = "number", dir = "string", expect = "number", plan_hash = "string",
  single_transaction = "boolean", target = "string",
}
local DOWN = { count = "number", dir = "string", to = "string" }

local function ask_engine(verb, request)
  request.verb = verb
  return native.json.decode(native.runbook.migrate(native.json.encode(request)))
end

local function copy(options)
  local request = {}
  for name, value in pairs(options) do request[name] = value end
  return request
end

local function names_of(steps)
  local names = {}
  for i, step in ipairs(steps) do names[i] = ("%s %s"):format(step.version, step.name) end
  return table.concat(names, ", ")
end

-- What was applied before this step began to migrate, where it did and was not taken back.
local function mark_of(entries, key)
  local mark
  for _, entry in ipairs(entries) do
    if entry.step == key and entry.event == "migrations" then mark = mark or entry end
    if entry.step == key and entry.event == "reverted" then mark = nil end
  end
  return mark
end

-- How many of the applied ones the step itself applied, in a process that was killed or at a try that failed.
local function count_own(run, dir)
  local step, known, count = run.runner.current, {}, 0
  local mark = step and mark_of(run.runner:entries(), step.key)
  if not mark then return 0 end
  for _, version in ipairs(mark.applied) do known[version] = true end
  for _, entry in ipairs(ask_engine("status", { dir = dir }).applied) do
    if not known[entry.version] then count = count + 1 end
  end
  return count
end

local function check_count(run, expected, steps, dir)
  if expected == nil or #steps == expected or #steps + count_own(run, dir) == expected then return end
  native.host.raise { kind = "verify", message = ("%d migrations are pending, and the runbook expects %d: %s"):format(
    #steps, expected, #steps > 0 and names_of(steps) or "none") }
end

-- Before the first migration the journal is told what is applied, so that a `down` finds it again after a kill too.
local function remember(run, dir)
  local runner, step, applied = run.runner, run.runner.current, {}
  if not step or mark_of(runner:entries(), step.key) then return end
  for i, entry in ipairs(ask_engine("status", { dir = dir }).applied) do applied[i] = entry.version end
  runner.journal:write({ event = "migrations", step = step.key, applied = applied }, true)
end

-- The versions that were applied before this step began, or before the first step of the run that migrates.
local function remembered(runner)
  local entries, step = runner:entries(), runner.current
  local mark = step and mark_of(entries, step.key) or journal.first(entries, "migrations")
  return mark and mark.applied
end

local migrations = {}

function migrations.migration_status(_, options)
  return ask_engine("status", copy(native.options("run:migration_status", options, { dir = "string" })))
end

function migrations.migration_plan(_, options)
  return ask_engine("plan", copy(native.options("run:migration_plan", options, UP)))
end

function migrations.migrate(run, options)
  local request = copy(native.options("run:migrate", options, UP))
  local expected = request.expect
  request.expect = nil
  if expected or run.dry_run then
    local plan = ask_engine("plan", request)
    check_count(run, expected, plan.steps, request.dir)
    if run.dry_run then
      native.inputs.record("migrate", #plan.steps > 0 and "up " .. names_of(plan.steps) or "nothing is pending")
      return plan
    end
  end
  remember(run, request.dir)
  return ask_engine("up", request)
end

-- Without options: what this step of the run applied, and nothing else.
function migrations.migrate_down(run, options)
  local request = copy(native.options("run:migrate_down", options, DOWN))
  if run.dry_run then
    native.inputs.record("migrate", "down")
    return { steps = {} }
  end
  if request.count or request.to then return ask_engine("down", request) end
  local before, known = remembered(run.runner), {}
  if not before then return { steps = {} } end
  for _, version in ipairs(before) do known[version] = true end
  local count = 0
  for _, entry in ipairs(ask_engine("status", { dir = request.dir }).applied) do
    if not known[entry.version] then count = count + 1 end
  end
  if count == 0 then return { steps = {} } end
  return ask_engine("down", { count = count, dir = request.dir })
end

return migrations
