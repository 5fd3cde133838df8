-- Runs a runbook: asks `walk` what comes next, does it, writes it down. All it knows is in its fields, so that it can be
-- entered again after an interrupt. The request is what host/cli/run.cpp says of the call.
local native = ...

local bodies = require "tide.runbook.bodies"
local context = require "tide.runbook.context"
local declare = require "tide.runbook.declare"
local failure = require "tide.runbook.failure"
local journal = require "tide.runbook.journal"
local opening = require "tide.runbook.opening"
local outcome = require "tide.runbook.outcome"
local walk = require "tide.runbook.walk"
local words = require "tide.runbook.words"

local Runner = {}
Runner.__index = Runner

local runner = {}

local function say(...) native.log.log("info", ...) end

function runner.new(value, call)
  local self = setmetatable({
    name = call.name, db = call.db, settings = call.settings, request = call.request, tries = {}, untidy = {},
    plan = declare(value, call.name, call.text), digest = native.digest.sha256(call.text), states = {}, overruns = {},
  }, Runner)
  self.journal = journal.writer(self.request.dry_run)
  self.timers = {}
  for i, timer in ipairs(self.plan.timers) do
    self.timers[i] = { text = timer.text, every = timer.every, due = self.journal.began + timer.every }
  end
  return self
end

-- Writes an entry, and keeps the states in step with it.
function Runner:record(entry, sync)
  self.journal:write(entry, sync)
  journal.apply(self.states, entry)
end

-- An entry about the step that is under way.
function Runner:note(entry)
  entry.step = entry.step or self.current and self.current.key
  self.journal:write(entry)
end

function Runner:need(check)
  self.needs = self.needs or {}
  self.needs[#self.needs + 1] = check
end

-- Every entry of the run, those of earlier processes first.
function Runner:entries()
  local all = {}
  for _, list in ipairs { self.earlier, self.journal.entries } do
    for _, entry in ipairs(list) do all[#all + 1] = entry end
  end
  return all
end

local function latest_mark(entries, key)
  local mark
  for _, entry in ipairs(entries) do
    if entry.step == key and entry.event == "migrations" then mark = mark or entry end
    if entry.step == key and entry.event == "reverted" then mark = nil end
  end
  return mark
end

function Runner:mark_migrations(applied)
  local key = self.current and self.current.key
  if not key or latest_mark(self:entries(), key) then return end
  self.journal:write({ event = "migrations", step = key, applied = applied }, true)
end

-- The versions that were applied before this step first migrated; nil when it has not yet.
function Runner:marked_in_step()
  local mark = self.current and latest_mark(self:entries(), self.current.key)
  return mark and mark.applied
end

-- The versions that were applied before this step began, or before the first step of the run that migrates.
function Runner:marked_migrations()
  local entries = self:entries()
  local mark = self.current and latest_mark(entries, self.current.key) or journal.first(entries, "migrations")
  return mark and mark.applied
end

-- Says the reminders that are due, and once when a budget is used up.
function Runner:tick()
  local now = native.time.monotonic()
  for _, timer in ipairs(self.timers) do
    if now >= timer.due then
      native.log.log("warn", ("reminder: %s (every %gs)"):format(timer.text, timer.every))
      self:note { event = "reminder", text = timer.text }
      timer.due = now + timer.every
    end
  end
  self:watch_budget("the run", self.plan.budget, self.journal.began, now)
  local phase, step = self.phase, self.current
  if phase then self:watch_budget(("phase %d"):format(phase.number), phase.budget, self.phase_began, now) end
  if step then self:watch_budget(("step %s"):format(step.number), step.budget, self.step_began, now) end
end

function Runner:watch_budget(what, budget, began, now)
  if not budget or now - began <= budget or self.overruns[what] then return end
  self.overruns[what] = true
  native.log.log("warn", ("%s has used up its budget of %gs"):format(what, budget))
  self:note { event = "overrun", what = what, budget = budget }
end

local function make_run(self)
  local request = self.request
  self.before = {}
  for name, value in pairs(self.kept) do self.before[name] = native.json.encode(value) end
  self.run = context.new({
    db = self.db, inputs = self.inputs, env = request.environment, id = self.id, who = request.who, host = request.host,
    dry_run = request.dry_run or false, folder = ".tide/runs/" .. self.id, runner = self, title = self.plan.title,
    protected = request.protected or false,
  }, self.kept, self.before, function(kept, dropped) self:note { event = "kept", kept = kept, dropped_names = dropped } end)
end

local function check_request(self)
  local request = self.request
  if request.resume and request.revert then
    native.host.raise { kind = "usage", message = "--resume and --revert do not go together" }
  elseif (request.resume or request.revert) and request.dry_run then
    native.host.raise { kind = "usage", message = "a dry run begins anew: --dry-run goes without --resume and --revert" }
  end
  self.choice = { tags = request.tags, skip_tags = request.skip_tags }
  if request.from then
    local step = walk.find(self.plan, request.from)
    if not step then
      local titles = {}
      for i, each in ipairs(self.plan.steps) do titles[i] = each.title end
      local near = native.host.nearest(request.from, titles)
      native.host.raise { kind = "usage", message = ("--from: there is no step '%s'%s"):format(request.from,
        near ~= "" and (" (did you mean '%s'?)"):format(near) or "") }
    end
    self.choice.from = step.index
  end
end

function Runner:start()
  check_request(self)
  local request = self.request
  if not request.dry_run then
    opening.lock(self)
    if not request.resume and not request.revert then opening.warn_of_left_on(self) end
  end
  if request.resume or request.revert then
    opening.continue(self, request.resume or request.revert)
  else
    opening.begin(self)
  end
  say(("%s: %s, run %s on %s"):format(self.name, self.plan.title, self.id, request.environment))
  make_run(self)
  return self:proceed(request.revert and "revert" or "preflight")
end

-- The stages, each of which gives the next one; "end" is the last.
function Runner:proceed(stage)
  while stage ~= "end" do
    self.stage = stage
    stage = self["stage_" .. stage](self)
  end
  return self.result
end

-- What the preflight functions found; what one raises is a finding too.
local function look_at_needs(self)
  self.needs = {}
  native.runbook.recording(false)
  for _, fn in ipairs(self.plan.preflight) do
    local ok, caught = xpcall(fn, native.host.catch, self.run)
    if not ok then
      local error_object = caught.described
      if error_object.kind == "interrupted" then native.host.rethrow(caught) end
      self:need { name = "the preflight comes to its end", ok = false, message = failure.text(error_object) }
    end
  end
  native.runbook.recording(self.request.dry_run or false)
end

function Runner:stage_preflight()
  self.last_failure = nil
  look_at_needs(self)
  self.journal:write { event = "preflight", checks = self.needs }
  local missing, level = {}, self.request.resume and "warn" or "error"
  for _, check in ipairs(self.needs) do
    if not check.ok then
      missing[#missing + 1] = check.name .. (check.message and ": " .. check.message or "")
      native.log.log(level, "preflight: " .. missing[#missing])
    end
  end
  if self.request.resume then return "facts" end -- the run itself may have changed what held
  if #missing == 0 then
    if #self.needs > 0 then say(("preflight: %d checks hold"):format(#self.needs)) end
    return "facts"
  end
  self.last_failure = { kind = "gate", message = ("preflight: %d of %d checks do not hold:\n  %s"):format(#missing,
    #self.needs, table.concat(missing, "\n  ")) }
  return self:stop("refused")
end

-- Taken once a run, before its first step.
function Runner:stage_facts()
  outcome.take_facts(self, "before")
  return "walk"
end

function Runner:stage_walk()
  while true do
    self:tick()
    local action = walk.next(self.plan, self.states, self.choice)
    if not action then return "success" end
    if action.kind == "skip" then
      self:record { event = "skipped", step = action.step.key, reason = action.reason }
    else
      local answer = self:perform(action.step, action.resumed)
      if answer then return answer end
    end
  end
end

-- Whether the step's `verify` holds; nil where it has none. What it raises is said by the second value.
function Runner:verified(step)
  if not step.given.verify then return nil end
  local ok, value, why = xpcall(step.given.verify, native.host.catch, self.run)
  if not ok then return false, value.described end
  if value == false then
    local _, caught = xpcall(native.host.raise, native.host.catch, { kind = "verify",
      message = ("%s: %s"):format(step.title, why ~= nil and tostring(why) or "verify says no") })
    return false, caught.described
  end
  return true
end

-- A step that had begun when its process ended: done already when its `verify` says so, else begun again.
function Runner:was_done(step)
  if not step.given.verify then
    say(("%s %s had begun and did not finish: it runs again"):format(step.number, step.title))
    return false
  end
  return self:verified(step) == true
end

local function enter(self, step, action)
  if self.phase ~= step.phase then self.phase, self.phase_began = step.phase, native.time.monotonic() end
  self.current, self.step_began = step, native.time.monotonic()
  self:record({ event = "start", step = step.key, action = action }, true)
  native.runbook.enter(step.key)
  native.runbook.arm((step.timeout or 0) * 1000)
end

-- The entry that ends the step; its ms, and what was dropped of its output.
local function leave(self, entry, sync)
  native.runbook.arm(0)
  local dropped = native.runbook.enter ""
  entry.step, entry.ms = self.current.key, (native.time.monotonic() - self.step_began) * 1000
  if dropped > 0 then entry.dropped_bytes = dropped end
  self:watch_budget(("step %s"):format(self.current.number), self.current.budget, self.step_began, native.time.monotonic())
  self:record(entry, sync)
  self.current = nil
  return entry
end

local function refuse_open_transaction(self)
  if self.request.dry_run or native.db.transaction_state(self.db) == "idle" then return end
  pcall(native.db.rollback, self.db)
  native.host.raise { kind = "lua", message = "the step left a transaction open, which was rolled back: COMMIT it, or better "
    .. "let db:transaction end it" }
end

local function body(self, step)
  bodies[step.body](self, step, self.run)
  refuse_open_transaction(self)
  local holds, why = nil, nil
  if not self.request.dry_run then holds, why = self:verified(step) end
  if holds == false then error(why, 0) end
  self.changed = context.changes(self.kept, self.before)
end

local function took(entry) return words.length(entry.ms / 1000) end

-- A session that was lost (the server restarted, the database was swapped) is not the end of the run.
function Runner:reconnect()
  if native.db.transaction_state(self.db) ~= "lost" then return end
  native.log.log("warn", "the connection was lost: connecting anew")
  native.db.reopen(self.db)
end

-- Does one step; returns the stage to go on with when that is another one.
function Runner:perform(step, resumed)
  local given = step.given
  if given.when and not given.when(self.run) then
    self:record { event = "skipped", step = step.key, reason = "when" }
    return say(("%s %s: skipped, does not apply"):format(step.number, step.title))
  end
  say(("%s %s"):format(step.number, step.title))
  self:reconnect()
  if resumed and self:was_done(step) then
    self:record { event = "done", step = step.key, ms = 0, by = "verify" }
    return say "  was done already, as its verify shows"
  end
  self.tries[step.key] = (self.tries[step.key] or 0) + 1
  enter(self, step, "up")
  local ok, caught = xpcall(body, native.host.catch, self, step)
  if not ok then return self:failed(step, caught.described) end
  local entry = leave(self, { event = "done", kept = self.changed })
  if entry.dropped_bytes then
    native.log.log("warn", ("  %d bytes of its output are not in the journal"):format(entry.dropped_bytes))
  end
  say("  done, " .. took(entry))
end

-- A failed step: retried, skipped, taken as done, or the end of the walk.
function Runner:failed(step, error_object)
  if error_object.kind == "interrupted" and not self.timed_out then error(error_object, 0) end
  self.timed_out = nil
  self.last_failure, self.failed_step = error_object, step
  leave(self, { event = "failed", error = failure.fields(error_object) })
  if self.request.dry_run then
    native.log.log("warn", ("  in this dry run it fails: %s"):format(failure.text(error_object)))
    return self:record { event = "skipped", step = step.key, reason = "dry run" }
  end
  native.log.log("error", ("  failed: %s"):format(failure.text(error_object)))
  local choice, reason, pause = failure.decide(self, step, error_object)
  self.journal:write { event = "decision", step = step.key, choice = choice, reason = reason, by = self.request.who }
  if choice == "retry" then
    say("  " .. reason)
    if pause then native.host.sleep(pause * 1000) end
    return nil
  elseif choice == "skip" then
    return self:record({ event = "skipped", step = step.key, reason = reason }, true)
  elseif choice == "done" then
    return self:record({ event = "done", step = step.key, ms = 0, by = reason }, true)
  end
  return choice == "revert" and "revert" or self:stop "failed"
end

-- Before a revert passes the step that ended another (maintenance mode) that one is on again: what lies between them was
-- done under it, and is taken back under it.
function Runner:put_on_again(step, by)
  local other = step.ends
  say(("%s %s: on again while the steps before are taken back"):format(other.number, other.title))
  self.current, self.step_began = step, native.time.monotonic()
  self:record({ event = "start", step = other.key, action = "on again" }, true)
  native.runbook.enter(step.key)
  native.runbook.arm((other.timeout or 0) * 1000)
  local ok, caught = xpcall(other.given.up, native.host.catch, self.run)
  if not ok and caught.described.kind == "interrupted" then native.host.rethrow(caught) end
  leave(self, { event = ok and "reverted" or "revert_failed", by = by,
    error = not ok and failure.fields(caught.described) or nil }, true)
  return not ok and caught.described or nil
end

local function was_ended(self, step)
  local state = step.ends and self.states[step.ends.key]
  return state ~= nil and state.state == "ended"
end

-- Runs the `down` of a step; what it raises is returned.
function Runner:take_back(step, by)
  if by == "revert" and was_ended(self, step) then
    self:reconnect()
    return self:put_on_again(step, by)
  end
  if not step.given.down then
    if step.body == "up" then native.log.log("warn", ("%s %s has no down: what it did stays"):format(step.number, step.title)) end
    return self:record { event = "reverted", step = step.key, by = "no down", ms = 0 }
  end
  self:reconnect()
  say(("%s %s: down"):format(step.number, step.title))
  self.current, self.step_began = step, native.time.monotonic()
  self.journal:write({ event = "down", step = step.key }, true)
  native.runbook.enter(step.key)
  native.runbook.arm((step.timeout or 0) * 1000)
  local ok, caught = xpcall(function()
    step.given.down(self.run)
    refuse_open_transaction(self)
  end, native.host.catch)
  if not ok and caught.described.kind == "interrupted" then native.host.rethrow(caught) end
  local entry = leave(self, { event = ok and "reverted" or "revert_failed", by = by,
    error = not ok and failure.fields(caught.described) or nil }, true)
  if ok then say("  taken back, " .. took(entry)) end
  return not ok and caught.described or nil
end

function Runner:stage_revert()
  local barrier = walk.no_return(self.plan, self.states)
  if barrier and not confirm(("The point of no return (%s) was passed. Revert all the same?"):format(barrier.title)) then
    self.last_failure = { kind = "gate", message = ("the point of no return was passed with step %s %s"):format(
      barrier.number, barrier.title) }
    return self:stop "failed"
  end
  while true do
    local step = walk.to_revert(self.plan, self.states)[1]
    if not step then break end
    if step.given.irreversible then
      self.last_failure = { kind = "lua", message = ("%s %s cannot be taken back: %s"):format(step.number, step.title,
        step.given.irreversible) }
      return self:stop "failed"
    end
    local error_object = self:take_back(step, "revert")
    if error_object then
      native.log.log("error", ("  down failed: %s"):format(failure.text(error_object)))
      self.last_failure, self.failed_step = error_object, step
      return self:stop "revert_failed"
    end
  end
  self.end_state = "reverted"
  return "tidy"
end

function Runner:stage_success()
  for _, check in ipairs(self.plan.success) do
    if not self.request.dry_run then
      local ok, value, why = xpcall(check.fn, native.host.catch, self.run)
      if not ok and value.described.kind == "interrupted" then native.host.rethrow(value) end
      local holds = ok and value ~= false
      local message = not ok and failure.text(value.described) or value == false and why ~= nil and tostring(why) or nil
      self.journal:write { event = "check", success = true, name = check.title, ok = holds, message = message }
      if not holds then
        native.log.log("error", ("not so: %s%s"):format(check.title, message and ": " .. message or ""))
        self.last_failure = self.last_check_failure or { kind = "verify", message = ("\"%s\" does not hold%s"):format(
          check.title, message and ": " .. message or "") }
        self.last_check_failure = self.last_failure
      else
        say("holds: " .. check.title)
      end
    end
  end
  if self.last_check_failure then
    self.last_check_failure = nil
    return self:stop "failed"
  end
  local wrong = outcome.compare_facts(self)
  if wrong then
    self.last_failure = wrong
    return self:stop "failed"
  end
  self.last_failure, self.end_state = nil, "done"
  return "tidy"
end

function Runner:stop(state)
  self.end_state = state
  return "tidy"
end

-- What must not stay on is taken back, however the run ended.
function Runner:stage_tidy()
  self.journal.tidying = true
  for _, step in ipairs(walk.to_tidy(self.plan, self.states)) do
    if not self.untidy[step.key] and not self.request.dry_run then
      self.untidy[step.key] = true -- also when it is interrupted: it is tried once
      local error_object = self:take_back(step, "end")
      if error_object then
        native.log.log("error", ("\"%s\" is STILL ON: its down failed: %s"):format(step.title, failure.text(error_object)))
        self.last_failure = self.last_failure or error_object
        if self.end_state == "done" then self.end_state = "failed" end
      end
    end
  end
  return "close"
end

function Runner:stage_close()
  self.result = outcome.close(self)
  return "end"
end

-- Whether there is anything to do after an error that left Lua by the host's door.
function Runner:is_open() return self.run ~= nil and self.stage ~= "close" end

-- A step that was cut off ends as failed; the run goes on where a failure of it leads.
function Runner:resume(error_object)
  local timed_out = native.runbook.timed_out()
  native.runbook.arm(0)
  if self.stage == "tidy" then
    if self.current then leave(self, { event = "revert_failed", by = "end", error = failure.fields(error_object) }) end
    return self:proceed "tidy"
  end
  local step = self.current
  if timed_out and step and self.stage == "walk" then
    self.timed_out = true
    return self:proceed(self:failed(step, { kind = "verify",
      message = ("timed out: it ran for longer than its timeout of %gs"):format(step.timeout) }) or "walk")
  end
  self.failed_step, self.last_failure, self.end_state = step, failure.fields(error_object), "failed"
  if error_object.kind == "interrupted" then
    self.last_failure, self.end_state = { kind = "interrupted", message = "interrupted" }, "interrupted"
  end
  if step then pcall(leave, self, { event = "failed", error = self.last_failure }) end
  self.current = nil
  return self:proceed "tidy"
end

return runner
