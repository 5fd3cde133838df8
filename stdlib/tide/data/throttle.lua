-- When a fix has to wait: a replica is behind, a query says so, an HTTP answer, a file. Asked between two batches.
local native = ...

local lag = require "tide.data.lag"
local sql = require "tide.data.sql"

local OPTIONS = {
  max_lag = "string|number", max_batch = "string|number", ["unless"] = "string", http = "string", flag = "string",
  max_wait = "string|number",
}
local ANSWER_WITHIN = 5000 -- ms, for a query and for an HTTP answer
local FIRST_LOOKS = 20
-- a query that was cancelled, a lock, a deadlock: the database is busy, which is what is asked
local BUSY = { ["57014"] = true, ["55P03"] = true, ["40P01"] = true }

local REPLICAS = [[
SELECT (pg_current_wal_lsn() - '0/0')::text AS here, r.pid, r.state, (r.replay_lsn - '0/0')::text AS place,
  r.application_name || coalesce(' (' || host(r.client_addr) || ')', '') AS name
FROM (SELECT 1) AS one LEFT JOIN pg_stat_replication AS r ON true]]

local throttle = {}

local now = native.time.monotonic

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- What was raised, said of an option.
local function raise_of(option, failure)
  local described = sql.described(failure)
  if type(described) ~= "table" then native.host.rethrow(failure) end
  local fields = {}
  for field, value in pairs(described) do fields[field] = value end
  fields.message = ("throttle.%s: %s"):format(option, described.message)
  native.host.raise(fields)
end

-- What fn returns; its statements cannot write, and end in time.
local function in_read_only(db, fn)
  native.db.begin(db, "", true)
  local ok, result = xpcall(function()
    if db.engine == "postgres" then sql.execute(db, ("SET LOCAL statement_timeout = %d"):format(ANSWER_WITHIN)) end
    return fn()
  end, native.host.catch)
  pcall(native.db.rollback, db)
  return ok, result
end

local function see_replicas(db)
  local here, there = nil, {}
  for _, seen in ipairs(sql.query(db, REPLICAS)) do
    here = tonumber(seen.here)
    if seen.pid and not seen.state then
      usage "where the replicas are is shown to members of pg_monitor only: GRANT pg_monitor TO this user"
    end
    -- a backup under way and a receiver of the log replay nothing
    if seen.place and seen.state ~= "backup" then there[#there + 1] = { name = seen.name, place = tonumber(seen.place) } end
  end
  return here, there
end

local function lag_text(worst)
  local bytes = ("%.1f MB"):format(worst.bytes / 1e6)
  if worst.gone then return ("replica %s has been gone for %.0f s, %s behind"):format(worst.name, worst.gone, bytes) end
  if not worst.exact then
    return ("replica %s is more than %.1f s behind, %s: since before this began"):format(worst.name, worst.seconds, bytes)
  end
  return ("replica %s is %.1f s behind, %s"):format(worst.name, worst.seconds, bytes)
end

-- The replica that is furthest behind now, and how many there are.
local function look_at_replicas(db, meter)
  local ok, here, there = xpcall(see_replicas, native.host.catch, db)
  if not ok then raise_of("max_lag", here) end
  local worst, forgotten = lag.look(meter, now(), here, there)
  for _, name in ipairs(forgotten) do
    native.log.log("warn", ("throttle.max_lag: replica %s has not come back: it is waited for no more"):format(name))
  end
  return worst, #there
end

-- How far a replica is behind is known when it comes to where the server is now: in a moment, or it has to be waited for.
local function begin_to_look(db, meter)
  local worst, count = look_at_replicas(db, meter)
  if count == 0 then
    native.log.log("info", "throttle.max_lag: the server has no replica now; one that comes is waited for")
  end
  for _ = 1, FIRST_LOOKS do
    if not worst or worst.exact then return worst end
    native.host.sleep(50)
    worst = look_at_replicas(db, meter)
  end
  return worst
end

local function lag_check(db, limit)
  if db.engine ~= "postgres" then usage "throttle.max_lag: only PostgreSQL has replicas" end
  local meter, look = lag.meter(), begin_to_look
  return function()
    local worst = look(db, meter)
    look = look_at_replicas
    if worst and (worst.seconds > limit or not worst.exact) then return lag_text(worst) end
  end
end

local function is_true(value)
  local kind = native.numeric.type(value)
  if kind == "boolean" then return value end
  if kind == "number" or kind == "numeric" then return value ~= 0 end
  if value ~= nil and value ~= null then
    usage(("its first value is true or false, or a number, not %q"):format(tostring(value):sub(1, 40)))
  end
  return false
end

local function ask(db, text)
  local rows, names = native.db.query(db, text)
  if #names == 0 then usage "a query with a value is wanted" end
  local _, value = native.data.fetch(rows, 0)
  native.db.close_rows(rows)
  return is_true(value)
end

local function query_check(db, text)
  return function()
    local ok, holds = in_read_only(db, function() return ask(db, text) end)
    if ok then return holds and "throttle.unless holds" or nil end
    local described = sql.described(holds)
    if type(described) == "table" and BUSY[described.sqlstate or ""] then
      return ("throttle.unless has no answer: %s"):format(described.message)
    end
    raise_of("unless", holds)
  end
end

local function http_check(url)
  local request = { method = "GET", url = url, timeout_ms = ANSWER_WITHIN }
  return function()
    local ok, answer, failure = xpcall(native.http.try, native.host.catch, request, true)
    if not ok then raise_of("http", answer) end
    if not answer then return ("throttle.http: %s"):format(failure.message) end
    if answer.status >= 200 and answer.status <= 299 then return nil end
    return ("throttle.http: %s: answered %d"):format(native.http.text(request), answer.status)
  end
end

local function flag_check(path)
  return function()
    local ok, there = xpcall(fs.exists, native.host.catch, path)
    if not ok then raise_of("flag", there) end
    if there then return path .. " is there" end
  end
end

local function checks_of(db, options)
  local checks = {}
  local function add(option, make, value)
    if value ~= nil then checks[#checks + 1] = { option = option, look = make(value) } end
  end
  add("flag", flag_check, options.flag)
  add("max_lag", function(limit) return lag_check(db, native.host.duration(limit, "throttle.max_lag") / 1000) end,
    options.max_lag)
  add("unless", function(text) return query_check(db, text) end, options["unless"])
  add("http", http_check, options.http)
  return checks
end

-- A function that looks: returns why there is to be waited, and by which option; or nil.
function throttle.new(db, options)
  options = native.options("throttle", options, OPTIONS)
  local checks = checks_of(db, options)
  return function()
    for _, check in ipairs(checks) do
      local reason = check.look()
      if reason then return reason, check.option end
    end
  end
end

function throttle.longest_batch(options)
  return native.host.duration(options and options.max_batch or "500ms", "throttle.max_batch")
end

-- How long to wait in one go, in seconds; nil = for ever.
function throttle.longest_wait(options)
  local given = options and options.max_wait
  return given and native.host.duration(given, "throttle.max_wait") / 1000
end

return throttle
