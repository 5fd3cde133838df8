-- How a batch of a file is written: into the temporary table tide_csv, from there into the table, with the checkpoint in
-- the same transaction. Where the database refuses something, the batch is taken back and written again in pieces, until
-- the line is found.
local native = ...

local import_sql = require "tide.data.import_sql"
local ranges = require "tide.data.ranges"
local sql = require "tide.data.sql"
local work = require "tide.data.work"

local data, files, db_ = native.data, native.csv, native.db

local ATTEMPTS = 10
-- deadlock, serialization failure, a lock that was not free in time: the same batch may be written a moment later
local REPEATABLE = { ["40P01"] = true, ["40001"] = true, ["55P03"] = true }
local SETTINGS = "SET %s enable_hashjoin = off; SET %s enable_mergejoin = off; SET %s jit = off; SET %s lock_timeout = '5s'"
local LONGEST_VALUE = 60 -- characters, in a message

local import_write = {}

local function settings(kind) return SETTINGS:format(kind, kind, kind, kind) end

local function postgres_types(plan)
  local names, types, affinities = {}, {}, {}
  for i, column in ipairs(plan.visible) do names[i], types[i], affinities[i] = column.name, column.oid, column.affinity end
  return names, types, affinities
end

local function new_rows(writer)
  local names, types, affinities = postgres_types(writer.plan)
  return { rows = files.new_rows(names, types, affinities, not writer.direct), lines = writer.lines_wanted and
    data.new_lines({}, {}, {}, {}, {}) or nil }
end

-- `direct`: rows that are only added, of which no image is kept, need no stop in between.
function import_write.open(job, session)
  local plan = job.plan
  local postgres = job.db.engine == "postgres"
  local writer = {
    job = job, plan = plan, db = session, lines_wanted = postgres,
    pooled = postgres and not job.preview and data.pooled(session),
    direct = postgres and not job.preview and plan.pure and not plan.images, steps = import_sql.writing(job.db, plan),
    problems = import_sql.problems(job.db, plan),
  }
  writer.sets = { new_rows(writer), new_rows(writer) }
  if postgres and not writer.pooled and not job.preview then sql.execute(session, settings "SESSION") end
  if not writer.pooled then
    sql.execute(session, import_sql.create(job.db, plan, job.preview and "DROP" or "DELETE ROWS"))
  end
  return writer
end

function import_write.close(writer)
  if writer.db.engine == "sqlite" then pcall(sql.execute, writer.db, "DROP TABLE IF EXISTS temp.tide_csv") end
end

local function opening_steps(writer)
  if not writer.pooled then return {} end
  return { sql.step(settings "LOCAL"), sql.step(import_sql.create(writer.job.db, writer.plan, "DROP")) }
end

local function copy_step(writer)
  local names = {}
  for i, column in ipairs(writer.plan.visible) do names[i] = column.sql end
  local step = sql.step(writer.direct and ("COPY %s (%s) FROM STDIN"):format(writer.plan.target.sql, table.concat(names, ", "))
    or ("COPY tide_csv (%s) FROM STDIN"):format(import_sql.batch_columns(writer.plan)))
  step.copy = true
  return step
end

local function values_of(batch, first, last)
  local base = batch.range.images
  return { range = batch.range.id, base = base, behind = base + batch.n, first = first, last = last, rowid = batch.rowid }
end

-- The steps of a batch that is expected to be in order, and what each of them counts.
local function steps_of(writer, batch)
  local steps, counts = opening_steps(writer), {}
  local function add(step, what)
    steps[#steps + 1] = step
    counts[#steps] = what
  end
  add(copy_step(writer), writer.direct and "inserted")
  if writer.direct then return steps, counts end
  if writer.problems then
    add(sql.step(("SELECT 1 FROM (%s) AS tide_p"):format(writer.problems)))
    steps[#steps].rows = 0
  end
  for _, step in ipairs(writer.steps) do
    add(sql.step(import_sql.bind(step.text, values_of(batch, 0, batch.n))), step.counts)
  end
  return steps, counts
end

-- PostgreSQL: begins to write, while the script goes on with the next batch.
function import_write.start(writer, batch)
  batch.n = files.count(batch.set.rows)
  if writer.db.engine == "sqlite" or batch.n == 0 then return end
  local steps, counts = steps_of(writer, batch)
  db_.begin(writer.db, "", false)
  batch.under_way, batch.step_counts = data.start(writer.db, steps, batch.set.lines, 0, batch.n), counts
end

local function run_steps(writer, steps, lines, first, last)
  return data.finish(data.start(writer.db, steps, lines, first or 0, last or 0))
end

-- The last statements of a batch: what failed, the limit, the checkpoint.
local function close_batch(writer, batch)
  local job = writer.job
  local changed = batch.inserted + batch.updated
  local steps = work.problem_steps(job, batch)
  if job.max and changed > 0 then steps[#steps + 1] = work.limit_step(job, changed) end
  batch.images = job.plan.images and 2 * batch.n or 0
  steps[#steps + 1] = ranges.checkpoint(job, batch.range, { rows = batch.rows, changed = changed, conflicts = 0,
    images = batch.images, position = batch.position(batch) }, nil, batch.ended)
  for i, step in ipairs(steps) do
    local affected = sql.execute(writer.db, unpack(step, 1, step.n + 1))
    if step.rows and affected ~= step.rows then
      if i < #steps then job.refuse_beyond() end
      ranges.lost(job, batch.range)
    end
  end
end

-- What of a failure says what the database had against a value.
local function plain(failure)
  local kept = {}
  for _, field in ipairs { "kind", "message", "sqlstate", "detail", "hint", "constraint", "table", "column" } do
    kept[field] = rawget(failure, field)
  end
  return kept
end

-- Whether a failure is about a row, and not about the whole: a value, a constraint, a trigger, a limit, a type.
local function is_about_row(failure)
  local state = type(failure) == "table" and failure.sqlstate or ""
  local class = state:sub(1, 2)
  return class == "22" or class == "23" or class == "P0" or class == "44" or class == "54" or state == "42804"
end

local ESCAPES = { t = "\t", n = "\n", r = "\r", b = "\b", f = "\f", v = "\v", ["\\"] = "\\" }

-- The texts of a line of COPY; nil for NULL.
local function fields_of(writer, batch, i)
  local fields, n = {}, 0
  for field in (data.line(batch.set.lines, i) .. "\t"):gmatch("(.-)\t") do
    n = n + 1
    if field ~= "\\N" then fields[n] = field:gsub("\\(.)", function(c) return ESCAPES[c] or c end) end
  end
  return fields, writer.direct and 0 or 1
end

local function shown(value)
  if #value <= LONGEST_VALUE then return ("'%s'"):format(value) end
  local cut = LONGEST_VALUE
  while cut > 0 and value:byte(cut + 1) >= 128 and value:byte(cut + 1) < 192 do cut = cut - 1 end
  return ("'%s...' (%d bytes)"):format(value:sub(1, cut), #value)
end

-- PostgreSQL: which column of a line its type does not take: each alone is offered to the temporary table.
local function blame(writer, batch, i, failure)
  local fields, skip = fields_of(writer, batch, i)
  for c, column in ipairs(writer.plan.visible) do
    local value = fields[c + skip]
    if value then
      local rows = files.new_rows({ column.name }, { column.oid }, { "" }, false)
      local lines = data.new_lines({}, {}, {}, {}, {})
      files.add(rows, lines, { [column.name] = value }, 0)
      local step = sql.step(("COPY tide_csv (tide_c%d) FROM STDIN"):format(c))
      step.copy = true
      sql.execute(writer.db, "SAVEPOINT tide_value")
      local ok, result = xpcall(run_steps, native.host.catch, writer, { step }, lines, 0, 1)
      sql.execute(writer.db, "ROLLBACK TO SAVEPOINT tide_value; RELEASE SAVEPOINT tide_value")
      if not ok then
        local said = plain(sql.described(result))
        said.message = ("%s = %s: %s"):format(column.name, shown(value), said.message)
        return said
      end
    end
  end
  return plain(failure)
end

-- Calls `try(first, last)` on pieces that get smaller until only what the database refuses is left, a row each, which
-- goes to `refused(i, failure)`.
local function in_pieces(writer, first, last, try, refused)
  sql.execute(writer.db, "SAVEPOINT tide_rows")
  local ok, result = xpcall(try, native.host.catch, first, last)
  if ok then return sql.execute(writer.db, "RELEASE SAVEPOINT tide_rows") end
  local failure = sql.described(result)
  if not is_about_row(failure) then native.host.rethrow(result) end
  sql.execute(writer.db, "ROLLBACK TO SAVEPOINT tide_rows")
  sql.execute(writer.db, "RELEASE SAVEPOINT tide_rows")
  if last - first == 1 then return refused(first, failure) end
  local middle = first + math.floor((last - first) / 2)
  in_pieces(writer, first, middle, try, refused)
  in_pieces(writer, middle, last, try, refused)
end

local function fail(writer, batch, i, failure)
  batch.failed[i] = true
  failure.file, failure.line = writer.plan.file, files.line_of(batch.set.rows, i)
  writer.job.row_failed(failure.line, failure, batch)
end

local function load_rows(writer, batch)
  if writer.db.engine == "sqlite" then
    sql.execute(writer.db, "DELETE FROM temp.tide_csv")
    return files.load(writer.db, batch.set.rows, ("temp.tide_csv (%s)"):format(import_sql.batch_columns(writer.plan)))
  end
  in_pieces(writer, 0, batch.n, function(first, last)
    local counts = run_steps(writer, { copy_step(writer) }, batch.set.lines, first, last)
    if writer.direct then batch.inserted = batch.inserted + counts[1] end
  end, function(i, failure)
    -- of a COPY into the table itself the failure may be about the row as a whole
    fail(writer, batch, i, blame(writer, batch, i, failure))
  end)
end

local function key_text(writer, n)
  local items, names = {}, {}
  for i, column in ipairs(writer.plan.target.key) do
    items[i], names[i] = "tide_c" .. writer.plan.at[column] .. " AS k" .. i, column.name
  end
  local row = sql.row(writer.db, ("SELECT %s FROM tide_csv WHERE tide_n = $1"):format(table.concat(items, ", ")), n)
  for i, name in ipairs(names) do items[i] = name .. " = " .. tostring(row["k" .. i]) end
  return table.concat(items, ", ")
end

local function text_of_problem(writer, batch, row)
  local plan = writer.plan
  if row.problem == "twice" then
    return ("%s stands on line %d already: a row is there once"):format(key_text(writer, row.n),
      files.line_of(batch.set.rows, row.at))
  elseif row.problem == "missing" then
    return ("%s has no row with %s, and missing = \"error\" says that each has to be there"):format(plan.target.name,
      key_text(writer, row.n))
  elseif row.problem == "empty" then
    local names = {}
    for i, column in ipairs(plan.target.key) do names[i] = column.name end
    return ("%s is empty: a row is found by it"):format(table.concat(names, ", "))
  end
  local column = plan.visible[row.at]
  local value = sql.value(writer.db, ("SELECT tide_c%d FROM tide_csv WHERE tide_n = $1"):format(row.at), row.n)
  return ("%s = %s: the column is %s, and this is no number"):format(column.name, shown(tostring(value)), column.type)
end

-- Rows that are not to be written are told of, and taken out.
local function take_out_problems(writer, batch)
  if not writer.problems then return end
  for _, row in ipairs(sql.query(writer.db, writer.problems)) do
    if not batch.failed[row.n] then
      fail(writer, batch, row.n, { kind = "sql", message = text_of_problem(writer, batch, row) })
      sql.execute(writer.db, "DELETE FROM tide_csv WHERE tide_n = $1", row.n)
    end
  end
end

local function write_piece(writer, batch, first, last)
  if writer.db.engine == "sqlite" and not writer.plan.finds and writer.plan.images then
    batch.rowid = sql.value(writer.db, "SELECT coalesce(max(rowid), 0) FROM " .. writer.plan.target.sql)
  end
  local counted = { inserted = 0, updated = 0 }
  for _, step in ipairs(writer.steps) do
    local affected = sql.execute(writer.db, import_sql.bind(step.text, values_of(batch, first, last)))
    if step.counts then counted[step.counts] = counted[step.counts] + affected end
  end
  batch.inserted, batch.updated = batch.inserted + counted.inserted, batch.updated + counted.updated
end

local function refused_row(writer, batch, i, failure)
  local said, images = plain(failure), writer.plan.images
  if images and said.table == images:match "[^.]+$" then
    said.message = ("%s was written by this run already: the file has it twice"):format(key_text(writer, i))
  end
  fail(writer, batch, i, said)
end

-- Loads, looks and writes, inside a transaction, so that each line that cannot be written is named. `only_look` writes
-- nothing.
function import_write.carefully(writer, batch, only_look)
  batch.problems, batch.failed, batch.inserted, batch.updated = {}, {}, 0, 0
  for _, step in ipairs(opening_steps(writer)) do run_steps(writer, { step }) end
  if batch.n == 0 then return end
  load_rows(writer, batch)
  if writer.direct then return end
  take_out_problems(writer, batch)
  if only_look then return end
  in_pieces(writer, 0, batch.n, function(first, last) write_piece(writer, batch, first, last) end,
    function(i, failure) refused_row(writer, batch, i, failure) end)
end

local function attempt(writer, batch)
  if writer.db.engine == "sqlite" then sql.execute(writer.db, "BEGIN IMMEDIATE") else db_.begin(writer.db, "", false) end
  local failed_before = batch.problems
  import_write.carefully(writer, batch)
  for _, problem in ipairs(failed_before) do table.insert(batch.problems, problem) end
  close_batch(writer, batch)
  db_.commit(writer.db)
end

-- Until it is written: what is only in the way for a moment is tried again.
local function insist(writer, batch)
  local errors, problems = writer.job.errors, batch.problems
  for number = 1, ATTEMPTS do
    local ok, failure = xpcall(attempt, native.host.catch, writer, batch)
    if ok then return end
    pcall(db_.rollback, writer.db)
    local described = sql.described(failure)
    if not REPEATABLE[type(described) == "table" and described.sqlstate or ""] or number == ATTEMPTS then
      native.host.rethrow(failure)
    end
    writer.job.errors, batch.problems = errors, problems
    writer.job.waiting(("%s; attempt %d of %d"):format(described.message, number + 1, ATTEMPTS))
    native.host.sleep(math.random(20, 60) * number)
  end
end

local function finish_at_once(writer, batch)
  local counts = data.finish(batch.under_way)
  if not counts then return false end
  batch.inserted, batch.updated = 0, 0
  for i, what in pairs(batch.step_counts) do
    if what then batch[what] = batch[what] + counts[i] end
  end
  close_batch(writer, batch)
  db_.commit(writer.db)
  return true
end

-- Waits until the batch is committed.
function import_write.finish(writer, batch)
  local began = work.now()
  if batch.under_way then
    local ok, done = xpcall(finish_at_once, native.host.catch, writer, batch)
    batch.under_way = nil
    if not ok or not done then pcall(db_.rollback, writer.db) end
    if not ok then
      local failure = sql.described(done)
      if not is_about_row(failure) and not REPEATABLE[type(failure) == "table" and failure.sqlstate or ""] then
        native.host.rethrow(done)
      end
    end
    if not ok or not done then insist(writer, batch) end
  else
    insist(writer, batch)
  end
  batch.ms = (work.now() - began) * 1000
end

return import_write
