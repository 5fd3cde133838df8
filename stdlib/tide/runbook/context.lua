-- `run`: what the functions of a runbook are given. Its methods are in the modules listed below; any other name holds
-- what a step put there, which is kept across a resume.
local native = ...

local expect = require "tide.expect"

local type_of = native.numeric.type

local function usage(message) native.host.raise { kind = "usage", message = message } end

local methods = {}
for _, name in ipairs { "preflight", "migrations", "waits", "notes" } do
  for method, fn in pairs(require("tide.runbook." .. name)) do methods[method] = fn end
end

-- expect with the run's database already in its place.
local function bound_expect(db)
  return setmetatable({}, { __index = function(_, name)
    local fn = expect[name]
    if type(fn) ~= "function" then return fn end
    return function(...) return fn(db, ...) end
  end, __metatable = false })
end

local function refuse(name)
  usage(("run.%s is the runbook's own: choose another name for what is kept"):format(tostring(name)))
end

local context = { methods = methods }

local function encoded(name, value)
  local ok, text = pcall(native.json.encode, value)
  if ok and type_of(value) ~= "function" then return text end
  usage(("run.%s cannot be kept across a resume: %s"):format(name, ok and "it is a function"
    or (tostring(type(text) == "table" and text.message or text):gsub("^json.encode: ", ""))))
end

-- `own` holds db, inputs, env ...; `kept` is filled by the steps, and `on_change` writes down what they put there.
function context.new(own, kept, before, on_change)
  own.expect = bound_expect(own.db)
  return setmetatable({}, {
    __index = function(_, name)
      if own[name] ~= nil then return own[name] end
      if methods[name] ~= nil then return methods[name] end
      return kept[name]
    end,
    __newindex = function(_, name, value)
      if type(name) ~= "string" then usage "what is kept on `run` has a name" end
      if own[name] ~= nil or methods[name] ~= nil then refuse(name) end
      kept[name], before[name] = value, value ~= nil and encoded(name, value) or nil
      on_change(value ~= nil and { [name] = value } or nil, value == nil and { name } or nil)
    end,
    __metatable = false,
  })
end

-- What changed inside of kept tables since `before` (name -> JSON text); `before` is brought up to date.
function context.changes(kept, before)
  local changed
  for name, value in pairs(kept) do
    local text = encoded(name, value)
    if before[name] ~= text then
      changed = changed or {}
      before[name], changed[name] = text, value
    end
  end
  return changed
end

return context
