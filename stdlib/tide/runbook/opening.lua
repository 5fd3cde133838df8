-- How a run begins: a new one, or one that goes on; under its lock, with a journal that fits the script.
local native = ...

local inputs = require "tide.runbook.inputs"
local journal = require "tide.runbook.journal"
local walk = require "tide.runbook.walk"

local opening = {}

local FORMAT = 1 -- of the journal: what its entries mean

local function raise(kind, message, next_) native.host.raise { kind = kind, message = message, next = next_ } end

local function step_named(plan, text)
  local step = walk.find(plan, text)
  if step then return step end
  local titles = {}
  for i, each in ipairs(plan.steps) do titles[i] = each.title end
  local near = native.host.nearest(text, titles)
  raise("usage", ("--from: there is no step '%s'%s"):format(text,
    near ~= "" and (" (did you mean '%s'?)"):format(near) or ""))
end

-- Flags that do not go together, and steps that are not there.
function opening.check_request(runner)
  local request = runner.request
  if request.resume and request.revert then
    raise("usage", "--resume and --revert do not go together")
  elseif (request.resume or request.revert) and request.dry_run then
    raise("usage", "a dry run begins anew: --dry-run goes without --resume and --revert")
  end
  runner.choice = { tags = request.tags, skip_tags = request.skip_tags,
    from = request.from and step_named(runner.plan, request.from).index }
end

-- Behind those that are there, also after the clock was set back: the last one is the newest one.
local function behind_others(id)
  local runs = native.runbook.runs()
  local last = runs[#runs]
  if not last or last < id then return id end
  local base, number = last:match "^(.-)%+(%d+)$"
  return ("%s+%04d"):format(base or last, (tonumber(number) or 0) + 1)
end

-- "20261120T064842-1233f9": sorts by time, to the millisecond; unlikely to be given twice.
local function run_id(request)
  local now = native.time.format(native.time.epoch())
  local seed = ("%s %s %.9f"):format(request.process, request.host, native.time.monotonic())
  local day, clock, ms = now:match("^([%d-]+)T([%d:]+)%.(%d+)Z$")
  return behind_others(("%sT%s-%s%s"):format((day:gsub("-", "")), (clock:gsub(":", "")), ms,
    native.digest.sha256(seed):sub(1, 3)))
end

local function slug(name) return (name:gsub("^.*/", ""):gsub("%.lua$", ""):gsub("[^%w]+", "-")) end

-- One runbook on one environment is run by one process at a time.
function opening.lock(runner)
  local request = runner.request
  local line = ("%s on %s since %s, process %s"):format(request.who, request.host,
    native.time.format(native.time.epoch()), request.process)
  local holder = native.runbook.lock(slug(runner.name) .. "-" .. slug(request.environment), line)
  if holder then raise("lock", ("%s is being run on %s by %s"):format(runner.name, request.environment, holder)) end
end

local function begin_of(run)
  local found = journal.read(run)
  local begin = found.entries[1]
  if not begin or begin.event ~= "begin" then raise("verify", ("the journal of %s has no beginning"):format(run)) end
  if begin.format ~= FORMAT then
    raise("usage", ("the journal of %s was written by tide %s, and this one cannot read it"):format(run, tostring(begin.version)))
  end
  return begin, found
end

local function is_of(runner)
  return function(run)
    local ok, begin = pcall(begin_of, run)
    return not ok or begin.script == runner.name and begin.environment == runner.request.environment
  end
end

-- By digest: of the URL itself the journal may hold stars, where a secret of the run is part of it.
local function check_fits(runner, run, begin, ended)
  local request = runner.request
  if begin.script ~= runner.name then
    raise("usage", ("run %s is of %s, not of %s"):format(run, begin.script, runner.name))
  elseif begin.environment ~= request.environment or begin.place ~= sha256(request.url) then
    raise("gate", ("run %s was on %s (%s), and this is %s (%s)"):format(run, begin.environment, begin.url,
      request.environment, request.url))
  elseif ended and ended.state == "reverted" then
    raise("usage", ("run %s was reverted: begin a new one"):format(run))
  elseif ended and ended.state == "done" and request.resume then
    raise("usage", ("run %s is done: nothing is left of it"):format(run))
  elseif begin.digest ~= runner.digest and not request.accept_edited then
    raise("gate", ("%s was edited since run %s began"):format(runner.name, run),
      { "--accept-edited   goes on with the script as it is now; steps are told by phase and title" })
  end
end

-- Steps of the journal that the script no longer has cannot be reverted: that has to be said.
local function warn_of_lost_steps(runner)
  for key, state in pairs(runner.states) do
    if state.on and not runner.plan.by_key[key] then
      native.log.log("warn", ("the run did \"%s\", and the script has no such step any more"):format(key))
    end
  end
end

-- What a killed run could not take back is said first.
local function warn_of_on(runner)
  for _, step in ipairs(runner.plan.steps) do
    local state = runner.states[step.key]
    if step.given.always_down and state and state.on then
      native.log.log("warn", ("\"%s\" is ON since the run stopped: it is taken back when this ends"):format(step.title))
    end
  end
end

function opening.continue(runner, which)
  local run = journal.find(which, is_of(runner))
  local begin, found = begin_of(run)
  check_fits(runner, run, begin, journal.last(found.entries, "end"))
  runner.id, runner.begin, runner.earlier = run, begin, found.entries
  runner.states, runner.kept = journal.states(found.entries), journal.kept(found.entries)
  for _, state in pairs(runner.states) do state.earlier = state.state == "failed" or nil end
  native.runbook.open(run)
  if found.torn then native.log.log("warn", "the last line of the journal was half-written, and is dropped") end
  runner.inputs = inputs.resolve(runner.plan, runner.settings, begin.inputs or {}, runner.request.person)
  runner:record({ event = runner.request.revert and "revert" or "resume", who = runner.request.who, host = runner.request.host,
    digest = runner.digest, edited = begin.digest ~= runner.digest or nil, torn = found.torn or nil }, true)
  warn_of_lost_steps(runner)
  warn_of_on(runner)
end

local function steps_of(plan)
  local steps = {}
  for i, step in ipairs(plan.steps) do
    steps[i] = { key = step.key, number = step.number, title = step.title, phase = step.phase.title, body = step.body,
      budget = step.budget, always_down = step.given.always_down, description = step.given.description }
  end
  return steps
end

local function phases_of(plan)
  local phases = {}
  for i, phase in ipairs(plan.phases) do phases[i] = { title = phase.title, budget = phase.budget } end
  return phases
end

function opening.begin(runner)
  local request, plan = runner.request, runner.plan
  runner.id, runner.earlier, runner.states, runner.kept = run_id(request), {}, {}, {}
  runner.inputs = inputs.resolve(plan, runner.settings, {}, request.person)
  if not request.dry_run then native.runbook.create(runner.id) end
  runner:record({
    event = "begin", format = FORMAT, run = runner.id, script = runner.name, digest = runner.digest, title = plan.title,
    risk = plan.risk, description = plan.description, budget = plan.budget, environment = request.environment, url = request.url,
    place = sha256(request.url),
    who = request.who, host = request.host, version = request.version, inputs = inputs.shown(plan, runner.inputs),
    phases = phases_of(plan), steps = steps_of(plan), follow_up = plan.follow_up,
  }, true)
end

-- A run of this runbook that was left with something on (maintenance mode) is said at once, whatever is asked.
function opening.warn_of_left_on(runner)
  for _, run in ipairs(native.runbook.runs()) do
    local ok, begin, found = pcall(begin_of, run)
    if ok and begin.script == runner.name and begin.environment == runner.request.environment then
      local states = journal.states(found.entries)
      for _, step in ipairs(runner.plan.steps) do
        local state = states[step.key]
        if step.given.always_down and state and state.on then
          native.log.log("warn", ("run %s was left with \"%s\" ON: --resume %s goes on, --revert %s takes it back"):format(
            run, step.title, run, run))
        end
      end
    end
  end
end

return opening
