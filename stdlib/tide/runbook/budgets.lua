-- The times of a run against its budgets, and the reminders that are due. Times are those of a clock that nobody sets.
local native = ...

local Budgets = {}
Budgets.__index = Budgets

local function warn(text) native.log.log("warn", text) end

-- Says and notes, once, that `what` takes longer than its budget.
function Budgets:watch(what, budget, began)
  if not budget or self.over[what] or native.time.monotonic() - began <= budget then return end
  self.over[what] = true
  warn(("%s has used up its budget of %gs"):format(what, budget))
  self.note { event = "overrun", what = what, budget = budget }
end

function Budgets:of_step(step, began) self:watch(("step %s"):format(step.number), step.budget, began) end

function Budgets:enter_phase(phase)
  if self.phase ~= phase then self.phase, self.phase_began = phase, native.time.monotonic() end
end

function Budgets:remind()
  local now = native.time.monotonic()
  for _, timer in ipairs(self.timers) do
    if now >= timer.due then
      warn(("reminder: %s (every %gs)"):format(timer.text, timer.every))
      self.note { event = "reminder", text = timer.text }
      timer.due = now + timer.every
    end
  end
end

-- `step`: the one that is under way, since `step_began`.
function Budgets:tick(step, step_began)
  self:remind()
  self:watch("the run", self.budget, self.began)
  if self.phase then self:watch(("phase %d"):format(self.phase.number), self.phase.budget, self.phase_began) end
  if step then self:of_step(step, step_began) end
end

-- `note` writes an entry into the journal.
return function(plan, began, note)
  local timers = {}
  for i, timer in ipairs(plan.timers) do
    timers[i] = { text = timer.text, every = timer.every, due = began + timer.every }
  end
  return setmetatable({ budget = plan.budget, began = began, note = note, over = {}, timers = timers }, Budgets)
end
