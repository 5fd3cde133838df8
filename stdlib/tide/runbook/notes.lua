-- What a step leaves in the journal by its own word: evidence, checks, lines of the log.
local native = ...

local notes = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check_name(what, name)
  if type(name) ~= "string" or name == "" then usage(what .. " takes a name, a text") end
end

function notes.evidence(run, name, value)
  check_name("run:evidence", name)
  if value == nil then value = native.numeric.null() end
  local ok, reason = pcall(native.json.encode, value)
  if not ok then usage(("run:evidence: %s cannot be written as JSON: %s"):format(name, tostring(reason))) end
  run.runner:note { event = "evidence", name = name, value = value }
  return value
end

function notes.log(_, ...) native.log.log("info", ...) end

-- A check that the report lists; what is not so fails the step, or is only noted.
function notes.check(run, name, ok, message)
  check_name("run:check", name)
  run.runner:note { event = "check", name = name, ok = ok and true or false, message = message and tostring(message) or nil }
  if ok then return ok end
  native.host.raise { kind = "verify", message = name .. (message and ": " .. tostring(message) or " does not hold") }
end

function notes.note(run, name, ok, message)
  check_name("run:note", name)
  run.runner:note { event = "check", name = name, ok = ok and true or false, message = message and tostring(message) or nil }
  return ok and true or false
end

function notes.fail(_, message) native.host.raise { kind = "verify", message = tostring(message) } end

-- The next statement connects anew. The server ends the session, because the host keeps its side for the run's figures.
function notes.disconnect(run)
  if run.db.engine == "postgres" then pcall(run.db.value, run.db, "SELECT pg_terminate_backend(pg_backend_pid())") end
  native.db.reopen(run.db)
end

function notes.connect(run, environment) return run.db:connect(environment) end

return notes
