-- What a journal tells, as a plain table for the reports. Pure. Times are seconds of work: the time between two processes
-- of one run does not count, and no clock that can be set is read.
local ENDS = { done = true, failed = true, reverted = true, revert_failed = true, ended = true }

local function new_step(given)
  return { number = given.number, title = given.title, phase = given.phase, body = given.body, budget = given.budget,
    description = given.description, always_down = given.always_down, key = given.key, state = "pending", ms = 0, tries = 0,
    spans = {}, lines = {}, evidence = {}, checks = {}, answers = {}, decisions = {},
    watchers = {}, approvals = {} }
end

local NOTES = { effect = "lines", evidence = "evidence", check = "checks", answer = "answers", migration = "lines",
  decision = "decisions", approval = "approvals", output = "lines", log = "lines" }

-- What nobody ended ended with its process.
local function close_span(step, at)
  if not step.open then return end
  step.open.to, step.open.ok = at, false
  step.spans[#step.spans + 1], step.open = step.open, nil
end

-- Begin and end of what was done about a step.
local function follow_span(step, entry, at, offset)
  if entry.event == "start" or entry.event == "down" then
    close_span(step, offset)
    step.open = { from = at, kind = entry.event == "down" and "down" or "up" }
    if entry.event == "start" then step.tries = step.tries + 1 end
  elseif ENDS[entry.event] and step.open then
    step.open.to, step.open.ok = at, entry.event ~= "failed" and entry.event ~= "revert_failed"
    step.spans[#step.spans + 1], step.open = step.open, nil
  end
end

local STATE = { start = "started", done = "done", failed = "failed", skipped = "skipped", reverted = "reverted",
  ended = "done", revert_failed = "down failed" }

local function follow_step(step, entry, at, offset)
  follow_span(step, entry, at, offset)
  local state = STATE[entry.event]
  if entry.event == "reverted" and entry.by == "end" then
    step.taken_back = true
  elseif state then
    step.state = state
  end
  if entry.ms and ENDS[entry.event] and entry.event ~= "reverted" then step.ms = step.ms + entry.ms end
  if entry.event == "skipped" or entry.event == "done" then step.reason = entry.reason or entry.by end
  if entry.event == "failed" or entry.event == "revert_failed" then step.error = entry.error end
  if entry.event == "done" then step.error = nil end
  if entry.dropped_bytes then step.dropped = (step.dropped or 0) + entry.dropped_bytes end
  if entry.event == "watch" then
    step.watchers[#step.watchers + 1] = { name = entry.name, ok = entry.ok, rounds = entry.rounds, message = entry.message,
      from = offset + entry.from, to = at }
  end
  local list = NOTES[entry.event]
  if list then step[list][#step[list] + 1] = entry end
end

local function follow_run(found, entry, at)
  if entry.event == "preflight" and not found.begun then found.preflight = entry.checks
  elseif entry.event == "start" then found.begun = true
  elseif entry.event == "check" and entry.success then found.checks[#found.checks + 1] = entry
  elseif entry.event == "approval" then found.approvals[#found.approvals + 1] = entry
  elseif entry.event == "facts" then
    found.facts[entry.when], found.schema[entry.when] = entry.facts, entry.schema
  elseif entry.event == "schema" then found.schema.after = entry.schema
  elseif entry.event == "compared" then found.compared = entry.lines
  elseif entry.event == "reminder" or entry.event == "overrun" then
    entry.seconds = at
    found.remarks[#found.remarks + 1] = entry
  elseif entry.event == "resume" or entry.event == "revert" then
    found.sessions[#found.sessions + 1] = { what = entry.event, who = entry.who, host = entry.host, at = entry.at,
      from = at, edited = entry.edited, torn = entry.torn }
  elseif entry.event == "end" then found.state, found.ended_at, found.error = entry.state, entry.at, entry.error
  elseif entry.event == "report" then found.digests = entry.digests
  end
end

-- Success checks count anew in each process.
local function begin_session(found, entry)
  if entry.event == "resume" or entry.event == "revert" then found.checks, found.state = {}, nil end
end

-- The phase of the step, by the first part of its number; a phase has its steps.
local function add_to_phase(found, step)
  local number = tonumber(step.number:match "^%d+")
  local given = (found.begin.phases or {})[number] or {}
  found.phases[number] = found.phases[number] or { title = given.title or step.phase, budget = given.budget, steps = {} }
  local steps = found.phases[number].steps
  steps[#steps + 1] = step
end

-- model(what journal.read returns)
return function(read)
  local begin = read.entries[1]
  local found = { begin = begin, steps = {}, phases = {}, checks = {}, approvals = {}, facts = {}, schema = {},
    remarks = {}, preflight = {},
    sessions = { { what = "begin", who = begin.who, host = begin.host, at = begin.at, from = 0 } }, hash = read.hash,
    torn = read.torn }
  local by_key = {}
  for i, given in ipairs(begin.steps) do
    found.steps[i] = new_step(given)
    by_key[given.key] = found.steps[i]
    add_to_phase(found, found.steps[i])
  end
  local offset, last = 0, 0
  for _, entry in ipairs(read.entries) do
    if entry.event == "resume" or entry.event == "revert" then offset = last end
    begin_session(found, entry)
    local at = entry.t and offset + entry.t or last
    last = math.max(last, at)
    local step = entry.step and by_key[entry.step]
    if step then follow_step(step, entry, at, offset) end
    follow_run(found, entry, at)
  end
  for _, step in ipairs(found.steps) do close_span(step, last) end
  found.total = last
  found.state = found.state or "unfinished"
  return found
end
