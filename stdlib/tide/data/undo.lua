-- Puts back the before-images of a run: each row whose columns still hold what the run has written. The others are left
-- as they are, and their images stay, so that they can be looked at. In batches, each with its checkpoint.
local native = ...

local describe = require "tide.data.target"
local import_undo = require "tide.data.import_undo"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"

local undo = {}

local raise = native.host.raise

local BATCH = 5000
local NAMED = 10 -- rows that a message names

local function refuse(run, failure, why)
  raise { kind = failure.kind, sqlstate = failure.sqlstate, message = ("%s cannot be undone: %s; %s keeps what its rows were")
    :format(runs.name_of(run), why or failure.message, run.images_table) }
end

-- The table and its columns as they are now.
local function find_columns(db, run)
  local outline = json.decode(run.spec)
  local ok, found, columns = xpcall(function()
    local target, list = describe.describe(db, run.target, outline.key), {}
    for i, name in ipairs(outline.images) do list[i] = describe.column(target, name) end
    return target, list
  end, native.host.catch)
  if ok then return found, columns end
  local described = sql.described(found)
  if type(described) ~= "table" or described.kind ~= "usage" then native.host.rethrow(found) end
  refuse(run, described)
end

-- What types the images have, by column of their table; PostgreSQL.
local function image_types(db, run)
  local types = {}
  if db.engine == "sqlite" then return types end
  for _, row in ipairs(sql.query(db, "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
    .. "WHERE attrelid = to_regclass($1) AND attnum > 0", run.images_table)) do
    types[row.name] = row.type
  end
  return types
end

-- That the column holds what the run has written, to the byte: values that are only equal (1.0 and 1.00, 30 days and a
-- month, A and a where case does not count) were changed since.
local function same(db, column, i, types)
  if db.engine == "sqlite" then
    return ("typeof(%s) = typeof(tide_i.a%d) AND %s IS tide_i.a%d COLLATE BINARY"):format(column.full, i, column.full, i)
  end
  if types["a" .. i] == column.type then return ("record_image_eq(ROW(%s), ROW(tide_i.a%d))"):format(column.full, i) end
  return ("%s IS NOT DISTINCT FROM tide_i.a%d"):format(column.full, i)
end

-- The statements that restore a batch, $1..$4: behind this image, up to that one (range, number). The last one says how
-- many rows it has restored. SQLite has no statement that changes two tables: there the images are marked first.
local function restore_sql(db, target, columns, images, types)
  local sets, conditions = {}, {}
  for i, column in ipairs(target.key) do conditions[i] = ("%s = tide_i.k%d"):format(column.full, i) end
  for i, column in ipairs(columns) do
    sets[i] = ("%s = tide_i.b%d"):format(column.sql, i)
    conditions[#conditions + 1] = same(db, column, i, types)
  end
  local part = "(tide_i.tide_range, tide_i.tide_n) > ($1, $2) AND (tide_i.tide_range, tide_i.tide_n) <= ($3, $4)"
  local matches, set = table.concat(conditions, " AND "), table.concat(sets, ", ")
  if db.engine == "sqlite" then
    local marked = part:gsub("tide_i%.", "") .. " AND tide_problem = 'restored'"
    return {
      ("UPDATE %s AS tide_i SET tide_problem = 'restored' WHERE %s AND EXISTS (SELECT 1 FROM %s AS %s WHERE %s)"):format(
        images, part, target.sql, target.alias, matches),
      ("UPDATE %s AS %s SET %s FROM %s AS tide_i WHERE %s AND tide_i.tide_problem = 'restored' AND %s"):format(target.sql,
        target.alias, set, images, part, matches),
      ("DELETE FROM %s WHERE %s"):format(images, marked),
    }
  end
  return {
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off",
    ([[WITH u AS (UPDATE %s%s AS %s SET %s FROM %s AS tide_i WHERE %s AND %s RETURNING tide_i.tide_range, tide_i.tide_n)
DELETE FROM %s d USING u WHERE d.tide_range = u.tide_range AND d.tide_n = u.tide_n]]):format(target.only, target.sql,
      target.alias, set, images, part, matches, images),
  }
end

-- "users.age is text, and was integer when the run changed it", for each column of another type than its images have.
local function retyped(target, columns, types)
  local list = {}
  for letter, of in pairs { k = target.key, b = columns } do
    for i, column in ipairs(of) do
      local before = types[letter .. i]
      if before and before ~= column.type then
        list[#list + 1] = ("%s.%s is %s, and was %s when the run changed it"):format(target.name, column.name, column.type,
          before)
      end
    end
  end
  return list
end

-- Whether the server would take the statements, before anything is done.
local function check_possible(db, run, statements, target, columns, types)
  local ok, failure = xpcall(function()
    for _, text in ipairs(statements) do
      if text:find("$1", 1, true) then sql.query(db, "EXPLAIN " .. text, 0, 0, 0, 0) end
    end
  end, native.host.catch)
  if ok then return end
  local described = sql.described(failure)
  if type(described) ~= "table" or described.kind ~= "sql" then native.host.rethrow(failure) end
  local changed = retyped(target, columns, types)
  refuse(run, described, #changed > 0 and table.concat(changed, ", ") or nil)
end

local function end_of_batch(db, images, at, size)
  return sql.row(db, ("SELECT tide_range AS r, tide_n AS n FROM %s WHERE (tide_range, tide_n) > ($1, $2) "
    .. "ORDER BY tide_range, tide_n LIMIT 1 OFFSET %d"):format(images, size - 1), at.r, at.n)
    or sql.row(db, ("SELECT tide_range AS r, tide_n AS n FROM %s WHERE (tide_range, tide_n) > ($1, $2) "
    .. "ORDER BY tide_range DESC, tide_n DESC LIMIT 1"):format(images), at.r, at.n)
end

local function move_checkpoint(db, run, till, restored)
  store.execute(db, "UPDATE {runs} SET undo_range = $2, undo_n = $3, restored = restored + $4, heartbeat = {now} WHERE id = $1",
    run.id, till.r, till.n, restored)
end

local function count_images(db, images, at, till)
  return sql.value(db, ("SELECT count(*) FROM %s WHERE (tide_range, tide_n) > ($1, $2) AND (tide_range, tide_n) <= ($3, $4)")
    :format(images), at.r, at.n, till.r, till.n)
end

local function restore_batch(db, run, statements, at, till)
  return sql.transaction(db, function()
    local restored
    for _, text in ipairs(statements) do
      local values = text:find("$1", 1, true) and { at.r, at.n, till.r, till.n } or {}
      restored = sql.execute(db, text, unpack(values))
    end
    move_checkpoint(db, run, till, restored)
    return restored
  end)
end

local function is_about_data(failure)
  local class = type(failure) == "table" and (failure.sqlstate or ""):sub(1, 2) or ""
  return class == "22" or class == "23" or class == "P0" or class == "44"
end

-- A row that the database refuses to take back is left, and its image says why.
local function leave(db, run, images, till, failure)
  sql.transaction(db, function()
    sql.execute(db, "UPDATE " .. images .. " SET tide_problem = $3 WHERE tide_range = $1 AND tide_n = $2", till.r, till.n,
      failure.message)
    move_checkpoint(db, run, till, 0)
  end)
end

local function statements_of(db, run, target, columns, images, types)
  if run.kind ~= "import" then return restore_sql(db, target, columns, images, types) end
  return import_undo.statements(db, target, columns, images, function(column, i)
    return same(db, column, i, types)
  end)
end

local function restore_all(db, run, statements, images)
  local at = { r = run.undo_range or -1, n = run.undo_n or -1 }
  local size, done = BATCH, 0
  while true do
    local till = end_of_batch(db, images, at, size)
    if not till then return end
    local count = count_images(db, images, at, till)
    local ok, result = xpcall(restore_batch, native.host.catch, db, run, statements, at, till)
    if ok then
      at, size, done = till, math.min(BATCH, size * 2), done + count
      native.log.progress(("undo of run %d"):format(run.id), done, 0, "")
    else
      local failure = sql.described(result)
      if not is_about_data(failure) then native.host.rethrow(result) end
      if count == 1 then
        leave(db, run, images, till, failure)
        at = till
      else
        size = math.max(1, math.floor(math.min(size, count) / 2))
      end
    end
  end
end

local function refuse_unless_undoable(db, run)
  if run.kind ~= "transform" and run.kind ~= "import" then
    raise { kind = "usage", message = ("%s (data.%s) kept no before-images"):format(runs.name_of(run), run.kind) }
  end
  if run.images == 0 then
    raise { kind = "usage", message = runs.name_of(run) .. " has no before-images: it was run without, or they were purged" }
  end
  runs.refuse_live(db, run)
end

local function kept_rows(db, target, images)
  local names = {}
  for i in ipairs(target.key) do names[i] = "k" .. i end
  local rows = sql.query(db, ("SELECT %s, tide_problem FROM %s ORDER BY tide_range, tide_n LIMIT %d"):format(
    table.concat(names, ", "), images, NAMED))
  local list = {}
  for i, row in ipairs(rows) do
    local key = {}
    for k in ipairs(target.key) do key[k] = row["k" .. k] end
    list[i] = describe.row_name(target, key) .. (row.tide_problem and ": " .. row.tide_problem or "")
  end
  return list
end

-- `earlier` is how many rows an undo that had ended before has restored.
local function report(db, run, target, images, earlier)
  local restored = store.get(db, run.id).restored - earlier
  local kept = sql.value(db, "SELECT count(*) FROM " .. images)
  if earlier > 0 and restored + kept == 0 then
    native.log.log("info", ("run %d was undone before: nothing of it is left to restore"):format(run.id))
  else
    native.log.log("info", ("run %d: %d rows restored, %d left as they are"):format(run.id, restored, kept))
  end
  local rows = kept > 0 and kept_rows(db, target, images) or {}
  if kept > 0 then
    native.log.log("warn", ("not restored, because they have changed since or cannot be: %s%s; %s keeps what they were"):format(
      table.concat(rows, ", "), kept > #rows and " ..." or "", images))
  end
  return { run = run.id, restored = restored, kept = kept, rows = rows }
end

-- Undoes one run.
function undo.run(db, id)
  if native.db.transaction_state(db) ~= "idle" then
    raise { kind = "usage", message = "undo commits batch by batch: it cannot run inside a transaction (a migration needs "
      .. "transaction = false)" }
  end
  local run = store.get(db, id)
  refuse_unless_undoable(db, run)
  run.images_table = store.images(db, run.id)
  local target, columns = find_columns(db, run)
  local types = image_types(db, run)
  local statements = statements_of(db, run, target, columns, run.images_table, types)
  check_possible(db, run, statements, target, columns, types)
  local earlier = run.state == "undone" and run.restored or 0
  if run.state ~= "undoing" then
    store.execute(db, "UPDATE {runs} SET state = 'undoing', undo_range = NULL, undo_n = NULL WHERE id = $1", run.id)
    run.undo_range, run.undo_n = nil, nil
  end
  restore_all(db, run, statements, run.images_table)
  store.set_state(db, run.id, "undone")
  return report(db, run, target, run.images_table, earlier)
end

-- `down = data.undo`: every run of the migration, the last one first.
function undo.migration(db)
  local caller = runs.caller()
  if caller.version == "" then
    raise { kind = "usage", message = "data.undo is a migration's down; tide undo RUN undoes a run" }
  end
  if native.inputs.dry_run() then
    return native.log.print(("%s: its before-images would be put back"):format(caller.script))
  end
  local last = {}
  for _, run in ipairs(store.of_version(db, caller.version)) do
    if not last[run.call] and run.state ~= "undone" and run.state ~= "abandoned" then undo.run(db, run.id) end
    last[run.call] = true
  end
end

return undo
