-- Runs a plain script, as `tide run` does.
local native, part = ...

local sandbox = part "sandbox"
local type = native.numeric.type

local function fail(name, message)
  native.host.raise { kind = "lua", message = message, file = name }
end

-- What a script returns is its result; some tables are meant for another command.
local function check_result(name, result)
  if type(result) ~= "table" then return end
  if type(rawget(result, "phases")) == "table" then
    fail(name, "this table has phases: a runbook is what `require \"tide.runbook\"` makes of it: return runbook { ... }")
  elseif type(rawget(result, "up")) == "function" then
    fail(name, "this script returns a migration: put it into the migrations folder, where `tide up` applies it")
  end
end

-- As JSON; nothing when the script returns nothing.
local function encode(name, result)
  if result == nil then return nil end
  check_result(name, result)
  local kind = type(result)
  if kind == "function" or kind == "thread" or kind == "userdata" and result ~= native.numeric.null() then
    fail(name, ("the script returns a %s: what it returns is printed, and that is no value"):format(kind))
  end
  local ok, text = pcall(native.json.encode, result)
  if not ok then
    local reason = tostring(text.message):gsub("^json.encode: ", "")
    fail(name, "what the script returns cannot be written as JSON: " .. reason)
  end
  return text
end

local FOR_RUNBOOKS = { "resume", "revert", "from", "on_failure", "tags", "skip_tags" }

local function refuse_flags(name, request)
  for _, flag in ipairs(FOR_RUNBOOKS) do
    if request[flag] ~= nil then
      native.host.raise { kind = "usage",
        message = ("--%s is for runbooks, and %s returns none"):format(flag:gsub("_", "-"), name) }
    end
  end
end

local script = {}

-- The result as JSON, and whether it is that of a runbook.
function script.run(name, text, db, arguments, settings, request)
  local arg = { [0] = name }
  for key, value in pairs(settings) do arg[key] = value end
  for i, value in ipairs(arguments) do arg[i] = value end
  part("db").rehearsed[db] = native.inputs.dry_run() or nil
  local chunk = sandbox.load(name, text, { db = db, arg = arg })
  local result = chunk(unpack(arguments))
  request = native.json.decode(request)
  if debug.getmetatable(result) ~= native.runbook_value then
    refuse_flags(name, request or {})
    return encode(name, result), false
  end
  return part("runbook").run(getfenv(chunk).require, result, {
    name = name, text = text, db = db, settings = settings, request = request,
  }), true
end

return script
