-- What comes next: decided from the plan, the states of its steps and what was asked. Pure.
local walk = {}

local SETTLED = { done = true, skipped = true, ended = true }

-- One that was taken back (maintenance mode, when the run stopped) is done again.
local function is_settled(state) return state ~= nil and SETTLED[state.state] == true end

local function selected(step, choice)
  if choice.from and step.index < choice.from then return false, "--from" end
  if choice.tags then
    local found = false
    for _, tag in ipairs(choice.tags) do found = found or step.tags[tag] == true end
    if not found then return false, "--tags" end
  end
  for _, tag in ipairs(choice.skip_tags or {}) do
    if step.tags[tag] then return false, "--skip-tags" end
  end
  return true
end

-- The first action that is left: { kind = "run", step = }, { kind = "skip", step =, reason = }; nil at the end. `resumed`
-- says that the step began in a process that is gone: what it did has to be looked at first.
function walk.next(plan, states, choice)
  for _, step in ipairs(plan.steps) do
    local state = states[step.key]
    if not is_settled(state) then
      local wanted, reason = selected(step, choice)
      if not wanted then return { kind = "skip", step = step, reason = reason } end
      return { kind = "run", step = step, resumed = state ~= nil and (state.state == "started" or state.earlier == true) }
    end
  end
end

-- The steps to revert, the last one first: all that had begun and were not taken back since.
function walk.to_revert(plan, states)
  local steps = {}
  for i = #plan.steps, 1, -1 do
    local state = states[plan.steps[i].key]
    if state and state.on then steps[#steps + 1] = plan.steps[i] end
  end
  return steps
end

-- The steps that must not stay on when nobody works on the run, the last one first.
function walk.to_tidy(plan, states)
  local steps = {}
  for _, step in ipairs(walk.to_revert(plan, states)) do
    if step.given.always_down then steps[#steps + 1] = step end
  end
  return steps
end

-- The first step begun behind which there is no way back, or nil.
function walk.no_return(plan, states)
  for _, step in ipairs(plan.steps) do
    local state = states[step.key]
    if step.given.point_of_no_return and state and state.on then return step end
  end
end

-- The step that --from names: its number, its title or its key.
function walk.find(plan, text)
  for _, step in ipairs(plan.steps) do
    if step.number == text or step.key == text then return step end
  end
  for _, step in ipairs(plan.steps) do
    if step.title:lower() == text:lower() then return step end
  end
end

return walk
