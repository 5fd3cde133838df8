-- data.archive: rows moved into another table. Within one database one statement moves a batch, so that a row is always in
-- exactly one of the two. Into another one a batch is written and committed there first; what is proven to be there
-- unchanged is deleted here. A process killed in between leaves rows in both, and the next one finds them there.
local native = ...

local again = require "tide.data.again"
local arrivals = require "tide.data.arrivals"
local describe = require "tide.data.target"
local keys = require "tide.data.keys"
local pairing = require "tide.data.pairing"
local sessions = require "tide.data.sessions"
local sql = require "tide.data.sql"
local statement = require "tide.data.statement"

local archive = {}

local raise = native.host.raise

local KIND = {
  call = "data.archive", batch = 10000,
  fields = statement.fields_with { to = "string", into = "string|userdata", create = "boolean", cascade = "boolean" },
}

local function usage(message) raise { kind = "usage", message = message } end

local POSTGRES_CASCADES = [[
SELECT c.conrelid::regclass::text || ' (' || c.conname || ')' AS name FROM pg_constraint c
WHERE c.contype = 'f' AND c.confrelid = $1 AND c.confdeltype IN ('c', 'n', 'd') AND c.conparentid = 0 ORDER BY 1]]
local SQLITE_CASCADES = [[
SELECT DISTINCT t.name || ' (' || f."from" || ')' AS name FROM sqlite_master t, pragma_foreign_key_list(t.name) f
WHERE t.type = 'table' AND lower(f."table") = lower($1) AND f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY 1]]

-- What a DELETE would do to other tables without a word, and nobody would have archived.
local function refuse_cascades(db, target)
  if db.engine == "sqlite" and sql.value(db, "PRAGMA foreign_keys") == 0 then return end
  local found = sql.query(db, db.engine == "postgres" and POSTGRES_CASCADES or SQLITE_CASCADES, target.oid or target.name)
  if #found == 0 then return end
  local names = {}
  for i, row in ipairs(found) do names[i] = row.name end
  usage(("%s: deleting its rows would delete or empty rows of %s, which are not archived: archive those first, and then "
    .. "say cascade = true"):format(target.name, table.concat(names, ", ")))
end

local function is_there(db, name)
  if db.engine == "postgres" then return sql.value(db, "SELECT to_regclass($1) IS NOT NULL", name) end
  return sql.value(db, "SELECT count(*) FROM sqlite_master WHERE lower(name) = lower($1)", name) > 0
end

-- The columns with their types and NOT NULL, and the key; what the table computes is kept as a value.
local function create_text(to, name, target)
  local parts, key = {}, {}
  for i, column in ipairs(target.columns) do
    parts[i] = column.sql .. " " .. column.type .. (column.required and " NOT NULL" or "")
  end
  for i, column in ipairs(target.key) do key[i] = column.sql end
  local ident = to.engine == "postgres" and name or to:ident(name)
  return ("CREATE TABLE %s (%s, PRIMARY KEY (%s))"):format(ident, table.concat(parts, ", "), table.concat(key, ", "))
end

local function prepare(to, target, options)
  if not options.create or is_there(to, options.to) then return true end
  if to.engine ~= target.engine then
    usage(("%s: create = true makes a table of the same engine; this one has to be there"):format(options.to))
  end
  if native.inputs.dry_run() then
    native.log.print(("%s would be created"):format(options.to))
    return false
  end
  sql.execute(to, create_text(to, options.to, target))
  return true
end

-- How many rows a batch took from one table and brought into the other.
local function move_postgres(job, where, values)
  local place = job.place
  local moved = sql.row(job.db, ([[WITH gone AS (DELETE FROM %s%s AS %s%s RETURNING %s),
kept AS (INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM gone RETURNING 1)
SELECT (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM kept) AS kept]]):format(job.target.only, job.target.sql,
    job.target.alias, where, place.sources, place.target.sql, place.names), unpack(values, 1, #values))
  return moved.gone, moved.kept
end

local function move_sqlite(job, where, values)
  local place = job.place
  local kept = sql.execute(job.db, ("INSERT INTO %s (%s) SELECT %s FROM %s AS %s%s"):format(place.target.sql, place.names,
    place.sources, job.target.sql, job.target.alias, where), unpack(values, 1, #values))
  return sql.execute(job.db, ("DELETE FROM %s AS %s%s"):format(job.target.sql, job.target.alias, where),
    unpack(values, 1, #values)), kept
end

local function write_here(job, batch)
  local move = job.db.engine == "postgres" and move_postgres or move_sqlite
  statement.write(job, batch, function(where, values)
    local gone, kept = move(job, where, values)
    if gone ~= kept then arrivals.held_back(job.place, kept, gone) end
    return gone
  end)
end

local function open_here(job, to, pairs_)
  job.place = {
    target = to.target, names = table.concat(pairing.pick(pairs_, "to", "sql"), ", "),
    sources = table.concat(pairing.pick(pairs_, "from", "full"), ", "),
  }
end

-- The rows of a batch, locked as they are.
local function open_rows(job, range)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT %d%s"):format(
    table.concat(pairing.pick(job.place.pairs, "from", "full"), ", "), job.target.only, job.target.sql, job.target.alias, where,
    keys.order(job.target), job.size, job.db.engine == "postgres" and " FOR UPDATE OF " .. job.target.alias or "")
  return (native.db.stream(job.db, text, unpack(values, 1, #values)))
end

local function bring_there(job, rows)
  return unpack(sql.transaction(job.place.db, function()
    local sums = pairing.sums(job.target, job.place.pairs, 1)
    local count, at_end, key = arrivals.take(job.place, rows, job.size, job.db.engine == "sqlite", sums)
    if count > 0 and not arrivals.are_there(job.place, sums) then
      again.doubt(job, ("%s has another row by this key: it is not deleted here"):format(job.place.target.shown))
    end
    return { count, at_end, key }
  end))
end

local function delete_here(job, batch, count)
  local range = batch.range
  local where, values = keys.between(job.db, job.target, job.where, range.at, batch.last or range.until_)
  local deleted = count == 0 and 0 or sql.execute(job.db, ("DELETE FROM %s%s AS %s%s"):format(job.target.only, job.target.sql,
    job.target.alias, where), unpack(values, 1, #values))
  if deleted == count then return end
  raise { kind = "verify", message = ("%s: %d rows would be deleted, %d were archived: `where` does not mean the same twice, "
    .. "or a trigger holds rows back; nothing was deleted"):format(job.target.name, deleted, count) }
end

-- What the transaction has read is what it deletes: it sees one state, and its rows are locked.
local function begin_here(db)
  if db.engine == "sqlite" then return sql.execute(db, "BEGIN IMMEDIATE") end
  native.db.begin(db, "repeatable read", false)
  sessions.set_texts(db)
end

local function move_batch(job, batch)
  local rows = open_rows(job, batch.range)
  local ok, count, at_end, key = xpcall(bring_there, native.host.catch, job, rows)
  pcall(native.db.close_rows, rows)
  if not ok then native.host.rethrow(count) end
  batch.ended = at_end and count < job.size
  batch.last = not batch.ended and keys.decode(job.db, json.encode(key)) or nil
  batch.changed, batch.rows = count, count
  delete_here(job, batch, count)
  statement.note(job, batch)
  native.db.commit(job.db)
end

local function write_there(job, batch)
  begin_here(job.db)
  local ok, failure = xpcall(move_batch, native.host.catch, job, batch)
  if ok then return end
  sessions.rollback(job.db)
  native.host.rethrow(failure)
end

local function outline(target, to, options, same)
  return json.encode { from = target.sql, to = to.target.sql, into = same and "" or to.db.engine .. " " .. to.db.name,
    where = options.where }
end

function KIND.make(db, target, options)
  if not options.to then usage "data.archive needs `to`, the table that the rows go into" end
  target.engine, target.shown = db.engine, target.name .. " of the source"
  if not options.cascade then refuse_cascades(db, target) end
  local other = options.into and sessions.open(options.into, "tide data.archive") or db
  local same = sessions.same_database(other, db)
  local to = { db = same and db or other }
  local made = { done = ("archived in %s"):format(options.to) }
  if not prepare(to.db, target, options) then return made end
  to.target = describe.table(to.db, options.to)
  to.target.shown = to.target.name .. (same and "" or " of the other database")
  if same and to.target.sql == target.sql then usage(target.name .. " would be archived into itself") end
  local pairs_ = pairing.make({ db = db, target = target }, to)
  made.outline, made.write = outline(target, to, options, same), same and write_here or write_there
  if not same then -- by its key a row that an earlier attempt has brought there is known
    local names = pairing.pick(pairing.key_of(target, pairs_), "name")
    describe.describe(to.db, to.target.sql, names)
  end
  function made.open(job)
    if same then return open_here(job, to, pairs_) end
    job.place = arrivals.new(to, target, pairs_, "skip")
  end
  function made.close()
    if same then return end
    native.db.close(to.db)
  end
  return made
end

function archive.run(db, options) return statement.run(db, KIND, options) end

return archive
