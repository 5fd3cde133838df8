-- What a script sees: an environment of its own, filled from the one table below. Nothing else is reachable: no os,
-- io, ffi, debug, package, load, getfenv, bytecode; library tables are copies, metatables are closed.
local native, part = ...

local globals = part "globals"
local files, questions = part "files", part "questions"
local raise = native.host.raise

-- string.format knows plain numbers only: an exact decimal becomes text for %s and %d, a number for the others.
local function exact_format(format, ...)
  local values, at = { ... }, 0
  format = format:gsub("%%([-+ #0-9.]*)(.)", function(flags, letter)
    if letter == "%" then return nil end
    at = at + 1
    local value = values[at]
    if not native.numeric.is(value) then return nil end
    local whole = letter == "d" and not tostring(value):find(".", 1, true)
    values[at] = (whole or letter == "s") and tostring(value) or native.numeric.to_number(value)
    return whole and "%" .. flags:gsub("[+ #0]", "") .. "s" or nil
  end)
  return string.format(format, unpack(values, 1, select("#", ...)))
end

local function has_numeric(...)
  for i = 1, select("#", ...) do
    if native.numeric.is((select(i, ...))) then return true end
  end
  return false
end

local function format_any(format, ...)
  if has_numeric(...) then return exact_format(format, ...) end
  return string.format(format, ...)
end

-- ("").dump would be string.dump: methods of strings come from a copy without it
local string_copy = {}
for name, value in pairs(string) do string_copy[name] = value end
string_copy.dump = nil
string_copy.format = format_any
do
  local methods = {}
  for name, value in pairs(string_copy) do methods[name] = value end
  local metatable = getmetatable("")
  metatable.__index = methods
  metatable.__metatable = false
end

local plain_tonumber = tonumber
local function exact_tonumber(value, base)
  if native.numeric.is(value) then return native.numeric.to_number(value) end
  if base ~= nil then return plain_tonumber(value, base) end
  return plain_tonumber(value)
end

local log = {}
for _, level in ipairs { "debug", "info", "warn", "error" } do
  log[level] = function(...) native.log.log(level, ...) end
end

local Irreversible = { __metatable = false }
local function irreversible(reason)
  if type(reason) ~= "string" or reason == "" then
    raise { kind = "lua", message = "irreversible takes the reason as a string" }
  end
  return setmetatable({ reason = reason }, Irreversible)
end

-- LuaJIT does not look how deep coroutines that resume coroutines take the C stack.
local DEEPEST = 1000
local depth = 0

local function leave(...)
  depth = depth - 1
  return ...
end

local function resume(co, ...)
  if depth >= DEEPEST then
    raise { kind = "lua", message = ("coroutines resume each other more than %d deep"):format(DEEPEST) }
  end
  if type(co) ~= "thread" then return coroutine.resume(co) end
  depth = depth + 1
  return leave(coroutine.resume(co, ...))
end

local function pass_on(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

local coroutine_copy = {}
for name, value in pairs(coroutine) do coroutine_copy[name] = value end
coroutine_copy.resume = resume
function coroutine_copy.wrap(body)
  local co = coroutine.create(body)
  return function(...) return pass_on(resume(co, ...)) end
end

local new_environment
local shared -- where the modules live that a global stands for

-- A function of the stdlib that is a global too: require "tide.<name>", or its member, loaded at its first call.
local function from_stdlib(name, member)
  return function(...)
    shared = shared or new_environment()
    local module = shared.require("tide." .. name)
    if member then module = module[member] end
    return module(...)
  end
end

-- `schema` is one thing with two makers: the host reads and compares, stdlib/tide/schema.lua changes.
local function whole_schema()
  local whole = {}
  for name, value in pairs(part "schema") do whole[name] = value end
  for _, name in ipairs {
    "add_check", "add_column", "add_foreign_key", "add_index", "add_unique", "alter_column", "comment", "create_table",
    "drop_check", "drop_column", "drop_foreign_key", "drop_index", "drop_table", "drop_unique", "migration",
    "rename_column", "rename_table", "sql", "validate_constraint",
  } do
    whole[name] = from_stdlib("schema", name)
  end
  return whole
end

local functions = {
  assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs, pcall = pcall, print = native.log.print,
  rawequal = rawequal, rawget = rawget, rawset = rawset, select = select, setmetatable = setmetatable,
  getmetatable = getmetatable, tonumber = exact_tonumber, tostring = tostring, type = native.numeric.type, unpack = unpack,
  xpcall = xpcall,
  bytes = native.numeric.bytes, irreversible = irreversible, null = native.numeric.null(), numeric = native.numeric.new,
  ask = questions.ask, confirm = questions.confirm, env = questions.env, progress = part "progress",
  retry = from_stdlib "retry", secret = questions.secret, sha256 = files.sha256,
}
-- copied into an environment when a script first names them
local libraries = {
  bit = bit, coroutine = coroutine_copy, math = math, string = string_copy, table = table,
  backup = part "backup", fs = files.fs, http = part "http", json = native.json, log = log, schema = whole_schema(),
  shell = part "shell", time = part "clock",
}

local known = { require = true }
for name in pairs(functions) do known[name] = true end
for name in pairs(libraries) do known[name] = true end

local function copy(source)
  local target = {}
  for name, value in pairs(source) do target[name] = value end
  return target
end

local function source_of(name)
  local path = name:gsub("%.", "/") .. ".lua"
  if name:find("^tide%.") then
    return native.host.stdlib_text(path), "stdlib/" .. path
  end
  return native.host.library_text(path)
end

local function load_module(name, environment)
  local text, shown = source_of(name)
  if not text then
    raise { kind = "lua", message = ("module '%s' not found: the stdlib has tide.*, the project's own modules are "
      .. "files below lib/"):format(name) }
  end
  if shown:find("^stdlib/") then
    local chunk = assert(loadstring(text, "=" .. shown))
    setfenv(chunk, environment)
    return chunk(native)
  end
  local chunk = native.host.compile(shown, text)
  globals.check(chunk, shown, known)
  setfenv(chunk, environment)
  return chunk(name)
end

local LOADING = {}

local function new_require(environment)
  local loaded = {}
  return function(name)
    if type(name) ~= "string" or not name:find("^[%w_]+[%w_.]*$") or name:find("..", 1, true) then
      raise { kind = "lua", message = "require takes a module's name, such as \"tide.expect\"" }
    end
    if loaded[name] == LOADING then
      raise { kind = "lua", message = ("module '%s' requires itself"):format(name) }
    end
    if loaded[name] == nil then
      loaded[name] = LOADING
      local ok, result = xpcall(load_module, native.host.catch, name, environment)
      loaded[name] = nil
      if not ok then native.host.rethrow(result) end
      loaded[name] = result == nil and true or result
    end
    return loaded[name]
  end
end

local function on_read(environment, name)
  local library = libraries[name]
  if library then
    local own = copy(library)
    rawset(environment, name, own)
    return own
  end
  raise { kind = "lua", message = ("undefined global '%s'"):format(tostring(name)) }
end

local function on_write(_, name)
  raise { kind = "lua", message = ("assignment to the global '%s': write `local`"):format(tostring(name)) }
end

local strict = { __index = on_read, __newindex = on_write, __metatable = false }

function new_environment()
  local environment = copy(functions)
  environment.require = new_require(environment)
  return setmetatable(environment, strict)
end

local sandbox = { Irreversible = Irreversible }

-- The environment of a prompt, in which assigning makes a global.
function sandbox.open()
  local environment = copy(functions)
  environment.require = new_require(environment)
  return setmetatable(environment, { __index = on_read, __metatable = false })
end

function sandbox.global_names()
  local names = { "require", "inspect", "db" }
  for name in pairs(functions) do names[#names + 1] = name end
  for name in pairs(libraries) do names[#names + 1] = name end
  return names
end

function sandbox.library(name) return libraries[name] end

-- The compiled chunk of a script, in an environment of its own, with `more` (name -> value) beside the others.
function sandbox.load(name, text, more)
  local chunk = native.host.compile(name, text)
  local environment, names = new_environment(), copy(known)
  for key, value in pairs(more or {}) do
    names[key] = true
    rawset(environment, key, value)
  end
  globals.check(chunk, name, names)
  return setfenv(chunk, environment)
end

-- Every name a script can reach without an argument, and the methods of `db`: what the stubs must describe.
function sandbox.visible_names()
  local names = { "require" }
  for name in pairs(functions) do names[#names + 1] = name end
  for library, members in pairs(libraries) do
    for name in pairs(members) do names[#names + 1] = library .. "." .. name end
  end
  for name in pairs(part("db").methods) do names[#names + 1] = "db:" .. name end
  for name in pairs(part("db").fields) do names[#names + 1] = "db." .. name end
  table.sort(names)
  return names
end

return sandbox
