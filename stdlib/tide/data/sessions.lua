-- Sessions beside the script's own, for what goes from one database to another.
local native = ...

local sql = require "tide.data.sql"

local sessions = {}

-- So that a value is written as the same text on both sides, and read back from it as the same value.
local TEXTS = "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC'; "
  .. "SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; "
  .. "SET LOCAL xmloption = 'content'"

-- A further session with the database of `db`, that finds the same names; behind a pooler those that any client finds.
function sessions.beside(db, name)
  local other = native.data.another(db)
  if db.engine == "postgres" and not native.data.pooled(other) then
    sql.query(other, "SELECT set_config('search_path', $1, false), set_config('application_name', $2, false)",
      sql.value(db, "SELECT current_setting('search_path')"), name)
  end
  return other
end

-- An environment or a URL is connected to; a session that the script has opened gets one beside it. In a dry run that is
-- the session itself, which shows what the script has done so far.
function sessions.open(where, name)
  if type(where) == "string" then return native.db.connect(where) end
  if native.inputs.dry_run() then return where end
  return sessions.beside(where, name)
end

local IDENTITY = {
  postgres = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database WHERE datname = current_database()",
  sqlite = "SELECT file FROM pragma_database_list WHERE name = 'main'",
}

function sessions.same_database(a, b)
  if a == b then return true end
  if a.engine ~= b.engine then return false end
  local identity = sql.value(a, IDENTITY[a.engine])
  return identity ~= "" and identity == sql.value(b, IDENTITY[b.engine])
end

function sessions.texts(db) return db.engine == "postgres" and sql.step(TEXTS) or nil end

function sessions.set_texts(db)
  if db.engine == "postgres" then sql.execute(db, TEXTS) end
end

-- A transaction that sees one state of the database, whatever others do.
function sessions.begin_snapshot(db)
  native.db.begin(db, db.engine == "postgres" and "repeatable read" or "", db.engine == "postgres")
  sessions.set_texts(db)
end

function sessions.rollback(db) pcall(native.db.rollback, db) end

-- Runs steps in the transaction that is open, with lines for the COPY among them. Returns the rows of each, or nil and the
-- number of the one that affected another number than it should.
function sessions.run_steps(db, steps, lines)
  local count = lines and native.data.line_count(lines) or 0
  return native.data.finish(native.data.start(db, steps, lines, 0, count))
end

return sessions
