-- Runs a runbook: asks `walk` what comes next, does it, writes it down. All it knows is in its fields, so that it can be
-- entered again after an interrupt. The request is what host/cli/run.cpp says of the call.
local native = ...

local budgets = require "tide.runbook.budgets"
local context = require "tide.runbook.context"
local declare = require "tide.runbook.declare"
local before_after = require "tide.runbook.before_after"
local failure = require "tide.runbook.failure"
local journal = require "tide.runbook.journal"
local opening = require "tide.runbook.opening"
local outcome = require "tide.runbook.outcome"
local proofs = require "tide.runbook.proofs"
local revert = require "tide.runbook.revert"
local steps = require "tide.runbook.step"
local walk = require "tide.runbook.walk"

local Runner = {}
Runner.__index = Runner

local runner = {}

local function say(...) native.log.log("info", ...) end

function runner.new(value, call)
  local self = setmetatable({
    name = call.name, db = call.db, settings = call.settings, request = call.request, tries = {}, untidy = {},
    plan = declare(value, call.name, call.text), digest = native.digest.sha256(call.text), states = {},
  }, Runner)
  self.journal = journal.writer(self.request.dry_run)
  self.budgets = budgets(self.plan, self.journal.began, function(entry) self:note(entry) end)
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

-- Says the reminders that are due, and once when a budget is used up.
function Runner:tick() self.budgets:tick(self.current, self.step_began) end

-- A session that was lost (the server restarted, the database was swapped) is not the end of the run.
function Runner:reconnect()
  if native.db.transaction_state(self.db) ~= "lost" then return end
  native.log.log("warn", "the connection was lost: connecting anew")
  native.db.reopen(self.db)
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

function Runner:start()
  local request = self.request
  opening.check_request(self)
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

-- How the run ends, unless tidying up fails; gives the stage that is next.
function Runner:stop(state)
  self.end_state = state
  return "tidy"
end

local function walk_on(self)
  while true do
    self:tick()
    local action = walk.next(self.plan, self.states, self.choice)
    if not action then return "success" end
    if action.kind == "skip" then
      self:record { event = "skipped", step = action.step.key, reason = action.reason }
    else
      local answer = steps.perform(self, action.step, action.resumed)
      if answer then return answer end
    end
  end
end

-- Each takes the runner and gives the next one; "end" is the last.
local STAGES = {
  preflight = proofs.before,
  facts = function(self)
    before_after.before(self)
    return "walk"
  end,
  walk = walk_on,
  revert = revert.all,
  success = proofs.after,
  tidy = revert.tidy,
  close = function(self)
    self.result = outcome.close(self)
    return "end"
  end,
}

function Runner:proceed(stage)
  while stage ~= "end" do
    self.stage = stage
    stage = STAGES[stage](self)
  end
  return self.result
end

-- Whether there is anything to do after an error that left Lua by the host's door.
function Runner:is_open() return self.run ~= nil and self.stage ~= "close" end

local function timeout_of(step)
  return { kind = "verify", message = ("timed out: it ran for longer than its timeout of %gs"):format(step.timeout) }
end

-- Where a timeout of the step leads, as a failure of it would.
local function after_timeout(self, step)
  if self.stage == "revert" then return revert.failed(self, step, steps.down_failed(self, "revert", timeout_of(step))) end
  self.timed_out = true
  return steps.failed(self, step, timeout_of(step)) or "walk"
end

-- The `down` of what must not stay on was cut off: it is not tried again, the others are.
local function after_tidy(self, step, why)
  if step then revert.still_on(self, step, steps.down_failed(self, "end", why)) end
  self.last_failure = self.last_failure or why
  if self.end_state == "done" then self.end_state = "failed" end
  return "tidy"
end

local function after_interrupt(self, step, why)
  self.failed_step, self.last_failure, self.end_state = step, why, why.kind == "interrupted" and "interrupted" or "failed"
  local event = self.stage == "revert" and "revert_failed" or "failed"
  if step then pcall(steps.leave, self, { event = event, error = why }) end
  self.current = nil
  return "tidy"
end

-- Goes on after an error that left Lua by the host's door: a timeout, an interrupt, a journal that cannot be written.
function Runner:resume(error_object)
  local timed_out, step = native.runbook.timed_out(), self.current
  native.runbook.arm(0)
  local why = failure.fields(error_object)
  if why.kind == "interrupted" then why = { kind = "interrupted", message = "interrupted" } end
  if self.stage == "tidy" then
    return self:proceed(after_tidy(self, step, timed_out and step and timeout_of(step) or why))
  elseif timed_out and step then
    return self:proceed(after_timeout(self, step))
  end
  return self:proceed(after_interrupt(self, step, why))
end

return runner
