-- The inputs of a runbook: from --set, from the run that is resumed, from the environment, by default, or asked.
local native = ...

local inputs = {}

local function usage(message, next_) native.host.raise { kind = "usage", message = message, next = next_ } end

local function in_choices(value, choices)
  for _, choice in ipairs(choices) do
    if tostring(choice) == tostring(value) then return true end
  end
  return false
end

local YES = { ["true"] = true, yes = true, ["1"] = true, on = true }
local NO = { ["false"] = true, no = true, ["0"] = true, off = true }

-- A text as a value of the type, or nil.
local READ = {
  string = function(text) return text end,
  number = function(text) return tonumber(text) end,
  integer = function(text)
    local number = tonumber(text)
    return number and number % 1 == 0 and number or nil
  end,
  boolean = function(text)
    if YES[text:lower()] then return true end
    if NO[text:lower()] then return false end
  end,
  duration = function(text)
    local ok = pcall(native.host.duration, tonumber(text) or text, "input")
    return ok and text or nil
  end,
}

-- The value, or nil and why it is none.
function inputs.read(given, text)
  local kind = given.type or "string"
  local value = text
  if type(text) == "string" then value = READ[kind](text) end
  if value == nil then return nil, ("%q is no %s"):format(given.secret and "***" or text, kind) end
  if given.choices and not in_choices(value, given.choices) then
    local names = {}
    for i, choice in ipairs(given.choices) do names[i] = tostring(choice) end
    return nil, ("%s is none of %s"):format(tostring(value), table.concat(names, ", "))
  end
  if given.pattern and not tostring(value):find(given.pattern) then
    return nil, ("%s does not match %s"):format(given.secret and "***" or tostring(value), given.pattern)
  end
  return value
end

local function ask_person(name, given, person)
  if not person then return nil end
  local question = given.ask or given.description or name
  while true do
    local answer = native.inputs.ask(question .. (given.choices and (" (%s)"):format(table.concat(given.choices, ", ")) or "")
      .. ": ", given.secret == true)
    if answer == nil then return nil end
    if answer ~= "" then
      local value, why = inputs.read(given, answer)
      if value ~= nil then return value end
      native.log.log("warn", why)
    end
  end
end

local function found(name, given, settings, before)
  if settings[name] ~= nil then return settings[name], "--set " .. name end
  if before[name] ~= nil and not given.secret then return before[name], "the journal" end
  local variable = given.env and native.inputs.variable(given.env)
  if variable ~= nil then return variable, given.env end
  return given.default, "its default"
end

local function resolve(name, given, settings, before, person)
  local raw, source = found(name, given, settings, before)
  if raw == nil then
    local value = (given.required or given.ask) and ask_person(name, given, person) or nil
    if value == nil and given.required then return nil, ("the input '%s' is missing: --set %s=..."):format(name, name) end
    return value
  end
  local value, why = inputs.read(given, raw)
  if value == nil and why then return nil, ("the input '%s' (%s): %s"):format(name, source, why) end
  return value
end

-- Something that was set and that nobody asks for is a typing mistake.
local function check_known(plan, settings)
  local names, known = {}, {}
  for name in pairs(plan.inputs) do names[#names + 1], known[name] = name, true end
  for _, step in ipairs(plan.steps) do
    if step.given.name then names[#names + 1], known[step.given.name] = step.given.name, true end
  end
  known.approved_by = true
  for name in pairs(settings) do
    local near = not known[name] and native.host.nearest(name, names) or ""
    if near ~= "" then usage(("--set %s: the runbook has no such input (did you mean '%s'?)"):format(name, near)) end
  end
end

-- name -> value, and what is missing or wrong, all of it at once.
function inputs.resolve(plan, settings, before, person)
  check_known(plan, settings)
  local values, wrong, names = {}, {}, {}
  for name in pairs(plan.inputs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local given = plan.inputs[name]
    local value, why = resolve(name, given, settings, before, person)
    if why then wrong[#wrong + 1] = why end
    if given.secret and type(value) == "string" then native.inputs.hide(value) end
    values[name] = value
  end
  if #wrong > 0 then usage(table.concat(wrong, "\n")) end
  return values
end

-- What the journal may hold of them.
function inputs.shown(plan, values)
  local shown = {}
  for name, value in pairs(values) do shown[name] = plan.inputs[name].secret and "***" or value end
  return shown
end

return inputs
