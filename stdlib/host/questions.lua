-- What a script learns from whoever started it: env, secret, confirm, ask.
local native = ...

local inputs, raise = native.inputs, native.host.raise

local function usage(message) raise { kind = "usage", message = message } end

local function check_name(what, name)
  if type(name) ~= "string" or name == "" then usage(what .. " takes a name, a text") end
end

local function env(name, default)
  check_name("env", name)
  local value = inputs.variable(name)
  if value == nil then return default end
  return value
end

local function secret(name)
  check_name("secret", name)
  return inputs.secret(name)
end

local function check_text(what, text)
  if type(text) ~= "string" or text == "" then usage(what .. " takes the question, a text") end
end

local function confirm(text)
  check_text("confirm", text)
  if inputs.dry_run() then
    inputs.record("confirm", text)
    return true
  end
  if inputs.yes() then return true end
  local answer = inputs.ask(text .. " [y/N] ", false)
  if answer == nil then
    raise { kind = "gate", message = ("there is nobody to confirm \"%s\""):format(text),
      next = { "--yes   answers every confirm with yes" } }
  end
  answer = answer:lower():match("^%s*(.-)%s*$")
  return answer == "y" or answer == "yes"
end

local ASK = {
  choices = "table", default = "string|number", name = "string", pattern = "string", secret = "boolean",
}

-- "Which region?" is answered by --set which_region=...
local function name_of(text)
  local name = text:lower():gsub("[^%w]+", "_"):match("^_*(.-)_*$")
  return name ~= "" and name or "answer"
end

-- Why the answer is none, or nil.
local function problem(answer, options)
  if answer == "" then return "an answer is needed" end
  local shown = options.secret and "the answer" or ("'%s'"):format(answer)
  if options.choices then
    for _, choice in ipairs(options.choices) do
      if tostring(choice) == answer then return nil end
    end
    local names = {}
    for i, choice in ipairs(options.choices) do names[i] = tostring(choice) end
    return ("%s is none of %s"):format(shown, table.concat(names, ", "))
  end
  if options.pattern and not answer:find(options.pattern) then
    return ("%s does not look like %s"):format(shown, options.pattern)
  end
end

local function check_ask(text, options)
  check_text("ask", text)
  options = native.options("ask", options, ASK)
  if options.choices and #options.choices == 0 then usage "ask: choices is a list of texts" end
  if options.name and not options.name:find("^[%w_.-]+$") then usage "ask: name has letters, digits, _ . and - only" end
  local wrong = options.default and problem(tostring(options.default), options)
  if wrong then usage("ask: the default: " .. wrong) end
  return options
end

local function prompt_of(text, options)
  local hints = {}
  if options.choices then
    for i, choice in ipairs(options.choices) do hints[i] = tostring(choice) end
  end
  local prompt = text .. (#hints > 0 and (" (%s)"):format(table.concat(hints, ", ")) or "")
  return prompt .. (options.default and (" [%s] "):format(tostring(options.default)) or " ")
end

local function refuse(text, name, options)
  local advice = { ("--set %s=...   answers it"):format(name) }
  if options.default then advice[2] = ("--yes   takes the default, %s"):format(tostring(options.default)) end
  raise { kind = "gate", message = ("there is nobody to answer \"%s\""):format(text), next = advice }
end

local function ask_person(text, name, options)
  local prompt = prompt_of(text, options)
  while true do
    local answer = inputs.ask(prompt, options.secret == true)
    if answer == nil then refuse(text, name, options) end
    answer = answer:match("^%s*(.-)%s*$")
    if answer == "" and options.default then return tostring(options.default) end
    local wrong = problem(answer, options)
    if not wrong then return answer end
    prompt = wrong .. ". " .. prompt_of(text, options)
  end
end

local function answer_to(text, options)
  local name = options.name or name_of(text)
  local given = inputs.given(name)
  if given ~= nil then
    local wrong = problem(given, options)
    if wrong then usage(("--set %s=...: %s"):format(name, wrong)) end
    return given
  end
  if options.default and inputs.yes() then return tostring(options.default) end
  return ask_person(text, name, options)
end

local function ask(text, options)
  options = check_ask(text, options)
  local answer = answer_to(text, options)
  if options.secret then inputs.hide(answer) end
  return answer
end

return { ask = ask, confirm = confirm, env = env, secret = secret }
