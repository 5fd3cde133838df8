-- Checks a runbook's table and makes of it a plan: phases and steps in order, each with its number and its key. Pure; all
-- that is wrong is an error of kind "config" with file and line.
local native = ...

local compare = require "tide.facts.compare"
local fields = require "tide.runbook.fields"

local type_of = native.numeric.type

-- Where things stand in the script's text; tables themselves do not know it.
local Places = {}
Places.__index = Places

function Places.new(name, text)
  local lines = {}
  for line in ((text or "") .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return setmetatable({ name = name, lines = lines }, Places)
end

-- The first line from `from` on that holds the text; 0 when there is none.
function Places:find(text, from)
  for i = math.max(from or 1, 1), #self.lines do
    if self.lines[i]:find(text, 1, true) then return i end
  end
  return 0
end

function Places:of_field(title, field)
  local from = title and self:find(title) or 1
  for i = math.max(from, 1), #self.lines do
    if (self.lines[i] .. " "):find("%f[%w_]" .. field:gsub("%W", "%%%0") .. "[\"'%]]*%s*=[^=]") then return i end
  end
  return from
end

function Places:fail(message, title, field)
  local line = field and self:of_field(title, field) or title and self:find(title) or 0
  native.host.raise { kind = "config", message = message, file = self.name, line = line }
end

local function names_of(allowed)
  local names = {}
  for name in pairs(allowed) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function is_one_of(expected, value)
  return expected == "any" or ("|" .. expected .. "|"):find("|" .. type_of(value) .. "|", 1, true) ~= nil
end

local function check_field(places, what, title, name, value, allowed)
  local expected = allowed[name]
  if not expected then
    local names = names_of(allowed)
    local near = type(name) == "string" and native.host.nearest(name, names) or ""
    places:fail(("%s has an unknown field '%s'%s; allowed: %s"):format(what, tostring(name),
      near ~= "" and (" (did you mean '%s'?)"):format(near) or "", table.concat(names, ", ")), title, tostring(name))
  elseif not is_one_of(expected, value) then
    places:fail(("%s: `%s` is a %s, not a %s"):format(what, name, expected:gsub("|", " or a "), type_of(value)),
      title, name)
  end
end

-- The named fields of a table; its list part is somebody else's.
local function check_fields(places, what, title, given, allowed)
  for name, value in pairs(given) do
    if type(name) ~= "number" then check_field(places, what, title, name, value, allowed) end
  end
  for _, name in ipairs(fields.durations) do
    if given[name] ~= nil then
      local ok = pcall(native.host.duration, given[name], name)
      if not ok then
        places:fail(("%s: `%s` is a duration such as \"30s\" or \"10m\", not \"%s\""):format(what, name,
          tostring(given[name])), title, name)
      end
    end
  end
end

local function check_texts(places, what, title, field, list)
  for key, value in pairs(list or {}) do
    if type(key) ~= "number" or type(value) ~= "string" then
      places:fail(("%s: `%s` is a list of strings"):format(what, field), title, field)
    end
  end
end

local function title_of(places, what, given, before)
  local title = given[1]
  if type(title) ~= "string" or title == "" then
    places:fail(what .. " begins with its title, a text: { \"Title\", ... }", before)
  end
  return title
end

local function bodies_of(step)
  local found = {}
  for _, name in ipairs(fields.bodies) do
    if step[name] ~= nil then found[#found + 1] = name end
  end
  return found
end

local function check_watchers(places, what, title, watch)
  if type(watch) ~= "table" then return end
  for i, each in ipairs(watch) do
    local of = ("%s, watcher %d"):format(what, i)
    if type(each) ~= "table" or type(each[1]) ~= "string" or type(each[2]) ~= "function" then
      places:fail(of .. " is { \"Name\", function(run) ... end, every = \"5s\" }", title, "watch")
    end
    check_fields(places, of, title, each, fields.watcher)
  end
  if #watch == 0 then places:fail(what .. ": `watch` is a function, or a list of watchers", title, "watch") end
end

local function check_body(places, what, title, step)
  local bodies = bodies_of(step)
  if #bodies == 0 then
    places:fail(("%s does nothing: it has one of %s"):format(what, table.concat(fields.bodies, ", ")), title)
  elseif #bodies > 1 then
    places:fail(("%s does two things, `%s` and `%s`: make two steps of it"):format(what, bodies[1], bodies[2]), title,
      bodies[2])
  end
  check_watchers(places, what, title, step.watch)
  if step.ask and not step.name then
    places:fail(what .. ": an `ask` says by `name` where the answer goes: name = \"region\" is run.region", title, "ask")
  end
  if step.always_down and not step.down then
    places:fail(what .. ": `always_down` needs a `down`", title, "always_down")
  end
  if step.irreversible and step.down then
    places:fail(what .. ": it has a `down`, and says that it is irreversible", title, "irreversible")
  end
  return bodies[1]
end

local function merged_tags(...)
  local tags = {}
  for i = 1, select("#", ...) do
    for _, tag in ipairs((select(i, ...)) or {}) do tags[tag] = true end
  end
  return tags
end

local Plan = {}

local function add_step(places, plan, phase, given)
  local title = title_of(places, ("a step of phase \"%s\""):format(phase.title), given, phase.title)
  local what = ("step \"%s\""):format(title)
  check_fields(places, what, title, given, fields.step)
  check_texts(places, what, title, "tags", given.tags)
  check_texts(places, what, title, "choices", given.choices)
  if #given > 1 then places:fail(what .. " has more in its list than a title: a comma or a name is missing", title) end
  local key = phase.title .. " / " .. title
  if plan.by_key[key] then places:fail(("two steps are called \"%s\""):format(key), title) end
  local number = phase.count + 1
  phase.count = number
  local step = {
    key = key, title = title, phase = phase, number = ("%d.%d"):format(phase.number, number), given = given,
    body = check_body(places, what, title, given), tags = merged_tags(phase.tags, given.tags), index = #plan.steps + 1,
  }
  for _, name in ipairs(fields.durations) do
    if given[name] ~= nil then step[name] = native.host.duration(given[name], name) / 1000 end
  end
  plan.steps[step.index] = step
  plan.by_key[key] = step
end

local function is_runbook(value) return type(value) == "table" and value.phases ~= nil end

local add_phases

local function add_phase(places, plan, given)
  if is_runbook(given) then return Plan.include(places, plan, given) end
  if type(given) ~= "table" then places:fail("a phase is a table: { \"Title\", { \"Step\", up = ... } }", "phases") end
  local title = title_of(places, "a phase", given, "phases")
  local what = ("phase \"%s\""):format(title)
  check_fields(places, what, title, given, fields.phase)
  check_texts(places, what, title, "tags", given.tags)
  local phase = { title = title, number = #plan.phases + 1, count = 0, tags = given.tags,
    budget = given.budget and native.host.duration(given.budget, "budget") / 1000 }
  plan.phases[phase.number] = phase
  for i = 2, #given do
    if type(given[i]) ~= "table" then
      places:fail(("%s: its item %d is a %s, not a step"):format(what, i, type_of(given[i])), title)
    end
    add_step(places, plan, phase, given[i])
  end
  if phase.count == 0 then places:fail(what .. " has no steps", title) end
end

function add_phases(places, plan, phases)
  for _, given in ipairs(phases) do add_phase(places, plan, given) end
end

local function add_inputs(places, plan, inputs)
  for name, given in pairs(inputs or {}) do
    local what = ("input '%s'"):format(tostring(name))
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      places:fail(what .. ": a name has letters, digits and _", nil, "inputs")
    end
    if type(given) ~= "table" then given = { default = given } end
    check_fields(places, what, nil, given, fields.input)
    local kind = given.type or "string"
    if not table.concat(fields.input_types, " "):find("%f[%w]" .. kind .. "%f[%W]") then
      places:fail(("%s: type is one of %s, not '%s'"):format(what, table.concat(fields.input_types, ", "), kind), nil, name)
    end
    plan.inputs[name] = given
  end
end

local function add_checks(places, plan, checks)
  for i, check in ipairs(checks or {}) do
    if type(check) ~= "table" or type(check[1]) ~= "string" or type(check[2]) ~= "function" then
      places:fail(("`success`, check %d is { \"What must be true\", function(run) ... end }"):format(i), nil, "success")
    end
    plan.success[#plan.success + 1] = { title = check[1], fn = check[2] }
  end
end

local function add_timers(places, plan, timers)
  for i, timer in ipairs(timers or {}) do
    local what = ("timer %d"):format(i)
    if type(timer) ~= "table" or type(timer[1]) ~= "string" or timer.every == nil then
      places:fail(what .. " is { \"What to do\", every = \"30m\" }", nil, "timers")
    end
    check_fields(places, what, nil, timer, fields.timer)
    plan.timers[#plan.timers + 1] = { text = timer[1], every = native.host.duration(timer.every, "every") / 1000 }
  end
end

-- All of a runbook but its phases.
local function add_rest(places, plan, given)
  check_fields(places, "a runbook", nil, given, fields.runbook)
  add_inputs(places, plan, given.inputs)
  add_checks(places, plan, given.success)
  add_timers(places, plan, given.timers)
  check_texts(places, "a runbook", nil, "follow_up", given.follow_up)
  for _, text in ipairs(given.follow_up or {}) do plan.follow_up[#plan.follow_up + 1] = text end
  if given.preflight then plan.preflight[#plan.preflight + 1] = given.preflight end
end

-- Another runbook among the phases: its phases stand there, its inputs, preflight and checks are added to ours.
function Plan.include(places, plan, given)
  add_rest(places, plan, given)
  add_phases(places, plan, given.phases)
end

-- What would else be found at the end of the run only.
local function check_facts(places, facts)
  if not facts or facts.expected == nil then return end
  if type(facts.expected) ~= "table" then places:fail("facts: `expected` is a table", nil, "expected") end
  local ok, caught = xpcall(compare.expectation, native.host.catch, facts.expected)
  if not ok then places:fail(caught.described.message, nil, "expected") end
end

local function resolve_ends(places, plan)
  for _, step in ipairs(plan.steps) do
    local wanted = step.given.ends
    if wanted then
      for _, other in ipairs(plan.steps) do
        if other.index < step.index and other.title == wanted then step.ends = other end
      end
      if not step.ends then
        places:fail(("step \"%s\" ends \"%s\", and no step before it has that title"):format(step.title, wanted), step.title)
      elseif not step.ends.given.down then
        places:fail(("step \"%s\" ends \"%s\", which has no `down`"):format(step.title, wanted), step.title)
      end
      step.ends.ended_by = step
    end
  end
end

-- declare(value, name of the script, its text) -> the plan
return function(value, name, text)
  local places = Places.new(name, text)
  local plan = { phases = {}, steps = {}, by_key = {}, inputs = {}, success = {}, timers = {}, follow_up = {}, preflight = {} }
  if type(value.phases) ~= "table" or #value.phases == 0 then
    places:fail("a runbook has phases: phases = { { \"Prepare\", { \"Back up\", up = function(run) ... end } } }")
  end
  if type(value.title) ~= "string" or value.title == "" then places:fail("a runbook has a title, a text") end
  add_rest(places, plan, value)
  add_phases(places, plan, value.phases)
  resolve_ends(places, plan)
  plan.title, plan.risk, plan.description = value.title, value.risk, value.description
  check_facts(places, value.facts)
  plan.facts, plan.on_error = value.facts, value.on_error
  plan.budget = value.budget and native.host.duration(value.budget, "budget") / 1000
  return plan
end
