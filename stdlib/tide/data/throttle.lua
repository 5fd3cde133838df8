-- When a fix has to wait: a replica is behind, a query says so, an HTTP answer, a file. Asked between two batches.
local native = ...

local sql = require "tide.data.sql"

local OPTIONS = {
  max_lag = "string|number", max_batch = "string|number", ["unless"] = "string", http = "string", flag = "string",
}
local ASK_EVERY = 1 -- seconds between two looks

local throttle = {}

local function now() return native.time.monotonic() end

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- How many seconds the slowest replica is behind: how long ago the server was where that replica is now. What the server
-- itself measures stands still when nothing is written.
local function lag_meter(db)
  local seen = {}
  return function()
    local at = sql.row(db, "SELECT (pg_current_wal_lsn() - '0/0')::text AS here, count(*) AS replicas, "
      .. "count(replay_lsn) AS known, min(replay_lsn - '0/0')::text AS there FROM pg_stat_replication")
    if at.replicas > at.known then
      usage "throttle.max_lag: where the replicas are is shown to members of pg_monitor only: GRANT pg_monitor TO this user"
    end
    if at.replicas == 0 then return 0 end
    seen[#seen + 1] = { at = now(), place = tonumber(at.here) }
    local there = tonumber(at.there)
    while #seen > 1 and seen[2].place <= there do table.remove(seen, 1) end
    return seen[1].place <= there and (seen[2] and now() - seen[2].at or 0) or now() - seen[1].at
  end
end

local function lag_check(db, limit)
  if db.engine ~= "postgres" then usage "throttle.max_lag: only PostgreSQL has replicas" end
  local lag = lag_meter(db)
  return function()
    local seconds = lag()
    if seconds > limit then return ("a replica is %.1f s behind"):format(seconds) end
  end
end

local function is_true(value) return value == true or (type(value) == "number" and value ~= 0) end

local function query_check(db, text)
  return function()
    if is_true(sql.value(db, text)) then return "throttle.unless holds" end
  end
end

local function http_check(url)
  return function()
    local ok, answer = pcall(http.get, url, { timeout = "5s", retries = 0 })
    if not ok then return url .. " does not answer" end
    if answer.status < 200 or answer.status > 299 then return ("%s answers %d"):format(url, answer.status) end
  end
end

local function flag_check(path)
  return function()
    if fs.exists(path) then return path .. " is there" end
  end
end

-- A function that returns why there is to be waited, or nil; it looks once a second.
function throttle.new(db, options)
  options = native.options("throttle", options, OPTIONS)
  local checks = {}
  if options.max_lag then
    checks[#checks + 1] = lag_check(db, native.host.duration(options.max_lag, "throttle.max_lag") / 1000)
  end
  if options["unless"] then checks[#checks + 1] = query_check(db, options["unless"]) end
  if options.http then checks[#checks + 1] = http_check(options.http) end
  if options.flag then checks[#checks + 1] = flag_check(options.flag) end
  local reason, looked
  return function()
    if looked and now() - looked < ASK_EVERY then return reason end
    looked, reason = now(), nil
    for _, check in ipairs(checks) do
      reason = check()
      if reason then break end
    end
    return reason
  end
end

function throttle.longest_batch(options)
  return native.host.duration(options and options.max_batch or "500ms", "throttle.max_batch")
end

return throttle
