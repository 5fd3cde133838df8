-- What a step leaves in the journal by its own word: evidence, checks, lines of the log.
local native = ...

local notes = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check_name(what, name)
  if type(name) ~= "string" or name == "" then usage(what .. " takes a name, a text") end
end

-- An HTTP answer without its functions, and without the cookies that may open a session.
local function as_value(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for name, each in pairs(value) do
    if type(each) ~= "function" then copy[name] = each end
  end
  if type(copy.headers) == "table" and copy.status then
    local headers = {}
    for name, text in pairs(copy.headers) do headers[name] = name:lower() == "set-cookie" and "***" or text end
    copy.headers = headers
  end
  return copy
end

-- What is no UTF-8 (a blob, the output of a program) with its bytes in hex: "\\xFF"
local function printable(value)
  if type(value) == "string" then
    if pcall(native.json.encode, value) then return value end
    return (value:gsub("[\128-\255]", function(byte) return ("\\x%02X"):format(byte:byte()) end))
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, each in pairs(value) do copy[name] = printable(each) end
  return copy
end

function notes.evidence(run, name, value)
  check_name("run:evidence", name)
  local shown = value == nil and native.numeric.null() or as_value(value)
  local ok, failure = pcall(native.json.encode, shown)
  if not ok then
    local copied, copy = pcall(printable, shown) -- not of a table that holds itself
    if copied then shown = copy end
    ok = copied and pcall(native.json.encode, shown)
  end
  if not ok then
    local why = type(failure) == "table" and failure.message or tostring(failure)
    usage(("run:evidence: %s cannot be written as JSON: %s"):format(name, why))
  end
  run.runner:note { event = "evidence", name = name, value = shown }
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
