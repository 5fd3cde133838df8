-- Where rows arrive: a table, into which they go straight, or by way of a temporary one where some may be there already.
local native = ...

local pairing = require "tide.data.pairing"
local sessions = require "tide.data.sessions"
local sql = require "tide.data.sql"

local arrivals = {}

local MOST_BYTES = 8e6 -- of a batch
local STAGE = "tide_arrivals"
-- A few thousand rows are found by their keys; nothing else is ever the best plan.
local BY_KEY = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"

local function names_of(columns, prefix)
  local list = {}
  for i, column in ipairs(columns) do list[i] = (prefix or "") .. column.sql end
  return table.concat(list, ", ")
end

local function stage_text(place)
  if place.db.engine == "sqlite" then
    return ("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s)"):format(STAGE, names_of(place.columns))
  end
  return ("CREATE TEMPORARY TABLE %s ON COMMIT %s AS SELECT %s FROM %s WITH NO DATA"):format(STAGE,
    place.pooled and "DROP" or "DELETE ROWS", names_of(place.columns), place.target.sql)
end

-- An identity that is always generated cannot be set by an UPDATE; where it differs the comparison says so.
local function conflict_text(place)
  local key, sets, is_key = names_of(place.key), {}, {}
  for _, column in ipairs(place.key) do is_key[column] = true end
  for _, column in ipairs(place.columns) do
    if not is_key[column] and not column.generated then sets[#sets + 1] = ("%s = excluded.%s"):format(column.sql, column.sql) end
  end
  if place.conflict == "skip" or #sets == 0 then return ("ON CONFLICT (%s) DO NOTHING"):format(key) end
  return ("ON CONFLICT (%s) DO UPDATE SET %s"):format(key, table.concat(sets, ", "))
end

-- SQLite would take ON CONFLICT for the join's ON without a WHERE.
local function insert_text(place)
  return ("INSERT INTO %s (%s)%s SELECT %s FROM %s WHERE true %s"):format(place.target.sql, names_of(place.columns),
    place.db.engine == "postgres" and " OVERRIDING SYSTEM VALUE" or "", names_of(place.columns), STAGE, conflict_text(place))
end

local function read_back_text(place)
  local conditions = {}
  for i, column in ipairs(place.key) do conditions[i] = ("%s = tide_b.%s"):format(column.full, column.sql) end
  local names = {}
  for i, column in ipairs(place.columns) do names[i] = column.full end
  return ("SELECT %s FROM %s AS %s JOIN %s AS tide_b ON %s"):format(table.concat(names, ", "), place.target.sql,
    place.target.alias, STAGE, table.concat(conditions, " AND "))
end

-- `to` has db and target, `pairs_` the columns. `conflict`: nil (rows go straight in), "skip" or "replace" those that are
-- there by their key, which has to be unique there.
function arrivals.new(to, source, pairs_, conflict)
  local place = {
    db = to.db, target = to.target, source = source, pairs = pairs_, conflict = conflict,
    columns = pairing.pick(pairs_, "to"), key = pairing.key_of(source, pairs_), freight = pairing.freight(source, pairs_),
  }
  if place.db.engine == "postgres" then
    place.pooled = native.data.pooled(place.db)
    place.lines = { native.data.new_lines({}, {}, {}, {}, {}), native.data.new_lines({}, {}, {}, {}, {}) }
  end
  if conflict and not place.pooled then sql.execute(place.db, stage_text(place)) end
  return place
end

function arrivals.close(place)
  if place.conflict and place.db.engine == "sqlite" then pcall(sql.execute, place.db, "DROP TABLE IF EXISTS temp." .. STAGE) end
end

local function copy_step(place, count)
  local step = sql.step(place.conflict and "COPY " .. STAGE .. " FROM STDIN"
    or ("COPY %s (%s) FROM STDIN"):format(place.target.sql, names_of(place.columns)))
  step.copy, step.rows = true, not place.conflict and count or nil
  return step
end

-- The steps that bring a batch of lines straight in, on PostgreSQL.
function arrivals.steps(place, count)
  local steps = { sessions.texts(place.db) }
  if count > 0 then steps[2] = copy_step(place, count) end
  return steps
end

-- Reads up to `limit` rows of the cursor into lines. Returns how many, whether it was at its end, and the last key.
function arrivals.fill(place, lines, rows, limit, literals, sums)
  native.data.clear_lines(lines)
  return native.rows.fill(lines, rows, place.freight, limit, MOST_BYTES, literals, sums)
end

local function held_back(place, taken, count)
  native.host.raise { kind = "sql", sqlstate = "44000", message = ("%s took %d of %d rows: a trigger holds the others back")
    :format(place.target.shown, taken, count) }
end
arrivals.held_back = held_back

local function into_sqlite(place, rows, limit, literals, sums)
  local target = place.conflict and "temp." .. STAGE or place.target.name
  local names = {}
  for i, column in ipairs(place.columns) do names[i] = column.name end
  if place.conflict then sql.execute(place.db, "DELETE FROM temp." .. STAGE) end
  local load = native.copy.open(place.db, target, names)
  local ok, count, ended, key = xpcall(native.rows.load, native.host.catch, load, rows, place.freight, limit, MOST_BYTES,
    literals, sums)
  if not ok then
    pcall(native.copy.abort, load)
    native.host.rethrow(count)
  end
  native.copy.finish(load)
  return count, ended, key
end

local function into_postgres(place, rows, limit, literals, sums)
  local lines = place.lines[1]
  local count, ended, key = arrivals.fill(place, lines, rows, limit, literals, sums)
  if count == 0 then return count, ended, key end
  local steps = { sessions.texts(place.db), sql.step(BY_KEY) }
  if place.pooled and place.conflict then steps[3] = sql.step(stage_text(place)) end
  steps[#steps + 1] = copy_step(place, count)
  local counts = sessions.run_steps(place.db, steps, lines)
  if not counts then held_back(place, 0, count) end
  return count, ended, key
end

-- Brings up to `limit` rows of the cursor in, in the transaction that is open; the rest as for fill.
function arrivals.take(place, rows, limit, literals, sums)
  local into = place.db.engine == "sqlite" and into_sqlite or into_postgres
  local count, ended, key = into(place, rows, limit, literals, sums)
  if place.conflict and count > 0 then
    local taken = sql.execute(place.db, insert_text(place))
    if place.conflict == "replace" and taken ~= count then held_back(place, taken, count) end
  end
  return count, ended, key
end

-- Whether the rows of the batch that was taken are there now, as the sums of the rows that were sent say.
function arrivals.are_there(place, sums)
  local there = pairing.sums(place.source, place.pairs, 1)
  native.rows.sum(place.db, there, read_back_text(place))
  native.rows.wait(there)
  return #native.rows.differing(sums, there) == 0
end

-- Whether rows with these keys are there.
function arrivals.are_known(place, count)
  return sql.value(place.db, "SELECT count(*) FROM (" .. read_back_text(place) .. ") AS t") == count
end

return arrivals
