-- What is done about a step that failed.
local native = ...

local failure = {}

local CHOICES = { retry = true, skip = true, revert = true, stop = true }
local LETTERS = { r = "retry", s = "skip", v = "revert", t = "stop" }
local AUTOMATIC_RETRIES = 2

-- Plain fields for the journal.
function failure.fields(error_object)
  if type(error_object) ~= "table" then return { kind = "lua", message = tostring(error_object) } end
  local fields = {}
  for _, name in ipairs { "kind", "message", "file", "line", "sqlstate", "detail", "hint", "statement", "constraint" } do
    local value = error_object[name]
    if type(value) == "string" or type(value) == "number" then fields[name] = value end
  end
  fields.message = fields.message or tostring(error_object)
  return fields
end

-- "scripts/x.lua:3: boom"
function failure.text(error_object)
  local fields = failure.fields(error_object)
  return (fields.file and ("%s:%s: "):format(fields.file, tostring(fields.line or 0)) or "") .. fields.message
end

local function ask_reason()
  local reason = native.inputs.ask("Reason for skipping: ", false)
  reason = reason and reason:match("^%s*(.-)%s*$")
  return reason ~= "" and reason or nil
end

local function ask_person(step)
  while true do
    local answer = native.inputs.ask(("%s failed: [r]etry, [s]kip with a reason, re[v]ert what was done, s[t]op? "):format(
      step.number), false)
    if answer == nil then return "stop", "nobody answered" end
    local word = answer:lower():match("^%s*(.-)%s*$")
    local choice = LETTERS[word] or CHOICES[word] and word
    if choice == "skip" then
      local reason = ask_reason()
      if reason then return "skip", reason end
      native.log.log("warn", "a step is skipped with a reason only")
    elseif choice then
      return choice, "chosen at the terminal"
    end
  end
end

-- What on_error of the step or of the runbook returned; nil leaves it to the others.
local function by_branch(runner, step, error_object)
  for _, branch in ipairs { step.given.on_error or false, runner.plan.on_error or false } do
    if branch then
      local choice, reason = branch(runner.run, error_object, step.title)
      if choice ~= nil then
        if not CHOICES[choice] and choice ~= "done" then
          native.host.raise { kind = "usage", message = ("on_error returns \"retry\", \"skip\", \"done\", \"revert\", "
            .. "\"stop\" or nothing, not %s"):format(tostring(choice)) }
        end
        return choice, reason or "on_error"
      end
    end
  end
end

-- "retry", "skip", "done", "revert" or "stop", and why.
function failure.decide(runner, step, error_object)
  local tries, pause = runner.tries[step.key] or 1, step.retry_pause or 1
  if step.given.retries and tries <= step.given.retries then return "retry", ("try %d"):format(tries + 1), pause end
  local choice, reason = by_branch(runner, step, error_object)
  if choice == "retry" and tries > 20 then return "stop", "on_error asked for a retry more than 20 times" end
  if choice then return choice, reason, pause end
  local request = runner.request
  if request.on_failure == "retry" then
    if tries <= AUTOMATIC_RETRIES then return "retry", "--on-failure retry", pause end
    return "stop", ("failed %d times"):format(tries)
  end
  if request.on_failure then return request.on_failure, "--on-failure " .. request.on_failure end
  if request.person then return ask_person(step) end
  return "stop", "--on-failure was not given"
end

return failure
