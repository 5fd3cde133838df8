-- Lua at a prompt: lines that share one environment, in which what is assigned stays.
local native, part = ...

local sandbox, shown = part "sandbox", part "shown"
local raise = native.host.raise

local NAME = "input"

local environment
local prompt = {}

-- inspect.sizes() at the prompt is inspect.sizes(db) of a script.
local function bound_inspect(require, db_of)
  return setmetatable({}, {
    __metatable = false,
    __index = function(_, name)
      local fn = require("tide.inspect")[name]
      if fn == nil then
        local names = {}
        for known in pairs(require "tide.inspect") do names[#names + 1] = known end
        table.sort(names)
        raise { kind = "lua", message = ("inspect has no '%s': %s"):format(tostring(name), table.concat(names, ", ")) }
      end
      return function(first, ...)
        if type(first) == "userdata" then return fn(first, ...) end
        return fn(db_of(), first, ...)
      end
    end,
  })
end

-- Makes the environment, or gives the one there is another `db`.
function prompt.open(db, arguments)
  if environment == nil then
    environment = sandbox.open()
    rawset(environment, "inspect", bound_inspect(environment.require, function() return environment.db end))
  end
  rawset(environment, "arg", arguments)
  rawset(environment, "db", db)
end

local function compile(text)
  local ok, chunk = pcall(native.host.compile, NAME, "return " .. text)
  if not ok then
    chunk = native.host.compile(NAME, text)
  end
  return setfenv(chunk, environment)
end

local function list_of(...)
  local list = {}
  for i = 1, select("#", ...) do list[i] = shown.of((select(i, ...))) end
  return list
end

-- What the text returns, each value as shown.of says it.
function prompt.eval(text) return list_of(compile(text)()) end

local function encode(...)
  if select("#", ...) == 0 then return nil end
  if select("#", ...) == 1 then return native.json.encode((...)) end
  local list = { ... }
  for i = 1, select("#", ...) do
    if list[i] == nil then list[i] = native.numeric.null() end
  end
  return native.json.encode(list)
end

-- The same as JSON; nothing when nothing is returned.
function prompt.eval_json(text) return encode(compile(text)()) end

local function members_of(value)
  local names = {}
  if type(value) == "table" then
    for name in pairs(value) do
      if type(name) == "string" then names[#names + 1] = name end
    end
  end
  return names
end

-- The names that may follow `path`, a text such as "string." or "db:"; "" = globals. Evaluates nothing.
function prompt.names(path)
  local names
  if path == "" then
    names = sandbox.global_names()
    for name in pairs(environment) do
      if type(name) == "string" then names[#names + 1] = name end
    end
  elseif path == "db:" or path == "db." then
    local db = part "db"
    names = members_of(path == "db:" and db.methods or db.fields)
  elseif path == "inspect." then
    names = members_of(environment.require "tide.inspect")
  else
    local value = environment
    for name in path:gmatch "[%w_]+" do
      local found = type(value) == "table" and rawget(value, name)
      if found == nil and value == environment then found = sandbox.library(name) end
      value = found
    end
    names = members_of(value)
  end
  table.sort(names)
  return names
end

return prompt
