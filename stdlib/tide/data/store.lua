-- The tables that make the database the queue: runs, the ranges of keys that they are cut into, rows that failed.
-- Schema tide on PostgreSQL, prefix tide_ on SQLite; made when they are first needed. Times are milliseconds since 1970.
local native = ...

local sql = require "tide.data.sql"

local store = {}

local NAMES = {
  postgres = {
    runs = "tide.runs", ranges = "tide.ranges", errors = "tide.row_errors", images = "tide.images_",
    events = "tide.events", now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
    identity = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", lock = " FOR UPDATE", skip = " FOR UPDATE SKIP LOCKED",
    at_ms = "(extract(epoch FROM at) * 1000)::bigint",
    -- a session of another role hides when it began; its number must do then. Behind a pooler the heartbeat says it.
    gone = [[CASE WHEN r.session = '' THEN r.heartbeat < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 60000
      ELSE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid::text = split_part(r.session, '@', 1)
        AND coalesce(a.pid || '@' || extract(epoch FROM a.backend_start), r.session) = r.session) END]],
  },
  sqlite = {
    runs = "tide_runs", ranges = "tide_ranges", errors = "tide_row_errors", images = "tide_images_",
    events = "tide_events", now = "CAST(strftime('%s', 'now') AS integer) * 1000",
    identity = "integer PRIMARY KEY", lock = "", skip = "", at_ms = "CAST(strftime('%s', at) AS integer) * 1000",
    gone = "r.heartbeat < CAST(strftime('%s', 'now') AS integer) * 1000 - 60000",
  },
}

local TABLES = {
  [[CREATE TABLE IF NOT EXISTS {runs} (
  id {identity},
  kind text NOT NULL, script text NOT NULL, version text NOT NULL, call integer NOT NULL, target text NOT NULL,
  digest text NOT NULL, spec text NOT NULL, state text NOT NULL, paused text NOT NULL DEFAULT '',
  waiting text NOT NULL DEFAULT '',
  next_key text, handed_out integer NOT NULL DEFAULT 0, ranges integer NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0, changed bigint NOT NULL DEFAULT 0, restored bigint NOT NULL DEFAULT 0,
  who text NOT NULL, host text NOT NULL, owner text NOT NULL, session text NOT NULL, heartbeat bigint NOT NULL,
  began_at bigint NOT NULL, ended_at bigint, images integer NOT NULL DEFAULT 0, keep_ms bigint NOT NULL DEFAULT 0,
  undo_range integer, undo_n bigint, error text NOT NULL DEFAULT '')]],
  [[CREATE TABLE IF NOT EXISTS {ranges} (
  run bigint NOT NULL, id integer NOT NULL, low text, high text, position text, state text NOT NULL,
  owner text NOT NULL, session text NOT NULL, heartbeat bigint NOT NULL, batches bigint NOT NULL DEFAULT 0,
  rows bigint NOT NULL DEFAULT 0, changed bigint NOT NULL DEFAULT 0, conflicts bigint NOT NULL DEFAULT 0,
  images bigint NOT NULL DEFAULT 0, PRIMARY KEY (run, id))]],
  "CREATE TABLE IF NOT EXISTS {errors} (run bigint NOT NULL, key text NOT NULL, message text NOT NULL)",
}

function store.text(db, text) return (text:gsub("{(%w+)}", NAMES[db.engine])) end

function store.execute(db, text, ...) return sql.execute(db, store.text(db, text), ...) end
function store.row(db, text, ...) return sql.row(db, store.text(db, text), ...) end
function store.query(db, text, ...) return sql.query(db, store.text(db, text), ...) end
function store.value(db, text, ...) return sql.value(db, store.text(db, text), ...) end
function store.step(db, text, ...) return sql.step(store.text(db, text), ...) end

function store.exists(db)
  if db.engine == "sqlite" then
    return sql.value(db, "SELECT count(*) FROM sqlite_master WHERE name = 'tide_runs'") > 0
  end
  return sql.value(db, "SELECT to_regclass('tide.runs') IS NOT NULL FROM pg_namespace LIMIT 1")
end

-- Whether the tables are there; those of an earlier tide get what has come since.
local function are_there(db)
  if not store.exists(db) then return false end
  local has_waiting = db.engine == "sqlite" and "SELECT count(*) FROM pragma_table_info('tide_runs') WHERE name = 'waiting'"
    or "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('tide.runs') AND attname = 'waiting'"
  if sql.value(db, has_waiting) == 0 then
    store.execute(db, "ALTER TABLE {runs} ADD COLUMN waiting text NOT NULL DEFAULT ''")
  end
  return true
end

function store.ensure(db)
  if are_there(db) then return end
  sql.transaction(db, function()
    if db.engine == "postgres" then
      sql.query(db, "SELECT pg_advisory_xact_lock(8388346167660475253)")
      if not sql.value(db, "SELECT to_regnamespace('tide') IS NOT NULL") then sql.execute(db, "CREATE SCHEMA tide") end
    end
    for _, text in ipairs(TABLES) do store.execute(db, text) end
  end)
end

local COLUMNS = "id, kind, script, version, call, target, digest, spec, state, paused, waiting, total, changed, restored, who, "
  .. "host, owner, session, began_at, ended_at, images, keep_ms, undo_range, undo_n, error, {gone} AS gone"

function store.find(db, id)
  if not are_there(db) then return nil end
  return store.row(db, "SELECT " .. COLUMNS .. " FROM {runs} r WHERE id = $1", id)
end

-- kUsage when there is none.
function store.get(db, id)
  local number = tonumber(id)
  local run = number and store.find(db, number)
  if run then return run end
  native.host.raise { kind = "usage", message = ("there is no run %s"):format(tostring(id)), next = { "tide runs" } }
end

function store.latest(db, script, call)
  return store.row(db, "SELECT " .. COLUMNS .. " FROM {runs} r WHERE script = $1 AND call = $2 ORDER BY id DESC LIMIT 1",
    script, call)
end

function store.all(db)
  if not are_there(db) then return {} end
  return store.query(db, "SELECT " .. COLUMNS .. " FROM {runs} r ORDER BY id")
end

function store.of_version(db, version)
  if not are_there(db) then return {} end
  return store.query(db, "SELECT " .. COLUMNS .. " FROM {runs} r WHERE version = $1 ORDER BY id DESC", version)
end

-- Sums over the ranges of a run.
function store.counts(db, run)
  return store.row(db, "SELECT coalesce(sum(rows), 0) AS rows, coalesce(sum(changed), 0) AS changed, "
    .. "coalesce(sum(conflicts), 0) AS conflicts, coalesce(sum(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0) AS open, "
    .. "(SELECT count(*) FROM {errors} e WHERE e.run = $1) AS errors FROM {ranges} WHERE run = $1", run)
end

function store.images(db, run) return store.text(db, "{images}") .. run end

-- "running", "failed", "done", "undoing", "undone", "abandoned"
function store.set_state(db, run, state, message)
  store.execute(db, "UPDATE {runs} SET state = $2, error = $3, ended_at = CASE WHEN $2 IN ('running', 'undoing') THEN NULL "
    .. "ELSE {now} END WHERE id = $1", run, state, message or "")
end

-- A run that another worker has ended meanwhile stays as it is.
function store.set_failed(db, run, message)
  store.execute(db, "UPDATE {runs} SET state = 'failed', error = $2, ended_at = {now} WHERE id = $1 AND state = 'running'", run,
    message)
end

-- Ends a run that will not go on; its before-images go too, where it has changed nothing.
function store.abandon(db, run)
  store.set_state(db, run, "abandoned")
  if store.counts(db, run).changed > 0 or store.find(db, run).images == 0 then return end
  sql.execute(db, "DROP TABLE IF EXISTS " .. store.images(db, run))
  store.execute(db, "UPDATE {runs} SET images = 0 WHERE id = $1", run)
end

function store.open_ranges(db, run)
  return store.query(db, "SELECT id, owner, session, {now} - heartbeat AS silent_ms, {gone} AS gone FROM {ranges} r "
    .. "WHERE run = $1 AND state = 'open' ORDER BY id", run)
end

return store
