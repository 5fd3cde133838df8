-- backup: made, proven, put back. The options are checked here; requests and answers pass as JSON.
local native = ...

local type, options_of = native.numeric.type, native.options

local function usage(message) native.host.raise { kind = "usage", message = message } end

local COMMON = { dir = "string", env = "string", pg_bin = "string" }
local function fields(more)
  for name, expected in pairs(COMMON) do more[name] = expected end
  return more
end

local CREATE = fields {
  data_only = "boolean", format = "string", jobs = "number", label = "string", schema_only = "boolean",
  tables = "table",
}
local VERIFY = fields { level = "string", max_age = "string|number", other_database = "boolean", scratch = "string" }
local RESTORE = fields { confirm = "string|table", drop_old = "boolean", other_database = "boolean" }
local PRUNE = { dir = "string", dry_run = "boolean", keep = "number", keep_days = "number" }
local DIR = { dir = "string" }

local function copy(source)
  local target = {}
  for key, value in pairs(source) do target[key] = value end
  return target
end

local function call(verb, request) return native.json.decode(native.backup[verb](native.json.encode(request))) end

local function texts(what, list)
  for key, value in pairs(list) do
    if type(key) ~= "number" or type(value) ~= "string" then usage(what .. " is a list of strings") end
  end
  return #list > 0 and list or nil
end

local function whole(what, value)
  if value and (value < 1 or value % 1 ~= 0 or value > 1000000) then usage(what .. " is a whole number above 0") end
  return value
end

-- The request for a backup that was named by its label or is what backup.create or backup.list returned.
local function request_for(what, which, options, allowed)
  local request = copy(options_of(what, options, allowed))
  if type(which) == "table" and type(which.label) == "string" then
    request.dir = request.dir or which.dir
    which = which.label
  end
  if which ~= nil and type(which) ~= "string" then usage(what .. " takes a backup or its label") end
  request.label = which
  return request
end

local function named(what, request)
  if not request.label then usage(what .. " takes a backup or its label") end
  return request
end

local backup = {}

function backup.create(options)
  local request = copy(options_of("backup.create", options, CREATE))
  request.tables = texts("backup.create: tables", request.tables or {})
  request.jobs = whole("backup.create: jobs", request.jobs)
  return call("create", request)
end

function backup.list(options) return call("list", copy(options_of("backup.list", options, DIR))) end

function backup.verify(which, options)
  local request = request_for("backup.verify", which, options, VERIFY)
  local max_age = request.max_age
  request.max_age_ms, request.max_age = max_age and native.host.duration(max_age, "backup.verify: max_age"), nil
  return call("verify", request)
end

function backup.restore(which, options)
  local request = named("backup.restore", request_for("backup.restore", which, options, RESTORE))
  if type(request.confirm) == "string" then request.confirm = { request.confirm } end
  request.confirm = texts("backup.restore: confirm", request.confirm or {})
  return call("restore", request)
end

function backup.prune(options)
  local request = copy(options_of("backup.prune", options, PRUNE))
  request.keep = whole("backup.prune: keep", request.keep)
  request.keep_days = whole("backup.prune: keep_days", request.keep_days)
  return call("prune", request)
end

function backup.copy(which, destination, options)
  local request = named("backup.copy", request_for("backup.copy", which, options, DIR))
  if type(destination) ~= "string" then
    usage "backup.copy takes a destination: a folder, host:folder, or s3://bucket/prefix"
  end
  request.destination = destination
  return call("copy", request)
end

return backup
