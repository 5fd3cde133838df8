-- How a batch is written on PostgreSQL: its rows go by COPY into a temporary table, each with the place (ctid) and the
-- version (xmin) it was read at; one UPDATE joins them to the rows that are still there in that version. A row that
-- somebody has changed since has another xmin, also when the UPDATE had to wait for it, and does not match.
-- The checkpoint of the range is in the same transaction.
local native = ...

local ranges = require "tide.data.ranges"
local sql = require "tide.data.sql"
local work = require "tide.data.work"

local data, db_ = native.data, native.db
local raise = native.host.raise

local ATTEMPTS = 10
-- deadlock, serialization failure, a lock that was not free in time: the same batch may be written a moment later
local REPEATABLE = { ["40P01"] = true, ["40001"] = true, ["55P03"] = true }

-- One transaction joins a few thousand rows by their place or by their key; nothing else is ever the best plan.
-- No batch waits for the disk: a server that crashes loses the last ones together with their checkpoints, and the fix goes
-- on where it then stands. The run is called done by a commit that waits, and with it all before it are on the disk.
local SETTINGS = "SET %s enable_hashjoin = off; SET %s enable_mergejoin = off; SET %s jit = off; "
  .. "SET %s synchronous_commit = off; SET %s lock_timeout = '%dms'"

local postgres = {}

local function numbered(columns, prefix, alias)
  local list = {}
  for i in ipairs(columns) do list[i] = (alias and alias .. "." or "") .. prefix .. i end
  return list
end

local function concat(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do all[#all + 1] = item end
  end
  return all
end

local function full_names(columns)
  local list = {}
  for i, column in ipairs(columns) do list[i] = column.full end
  return list
end

local function named(items, names)
  local list = {}
  for i, item in ipairs(items) do list[i] = item .. " AS " .. names[i] end
  return list
end

-- What is read of a row: first what the script does not see, then what it does.
function postgres.read_list(plan)
  local hidden = { plan.target.alias .. ".ctid", plan.target.alias .. ".xmin" }
  for _, set in ipairs(plan.keeps_images and plan.sets or {}) do hidden[#hidden + 1] = set.column.full end
  return concat(hidden, full_names(plan.visible)), #hidden
end

local function places(first, count)
  local list = {}
  for i = 1, count do list[i] = first + i - 1 end
  return list
end

function postgres.new_lines(plan)
  local _, skip = postgres.read_list(plan)
  local written = places(skip + #plan.target.key, #plan.written)
  local types, names = {}, {}
  for i, column in ipairs(plan.written) do types[i], names[i] = column.oid, column.name end
  return data.new_lines(concat({ 0, 1 }, places(skip, #plan.target.key)), written, types, names,
    plan.images and concat(written, places(2, skip - 2)) or {})
end

local function create_batch_table(plan, tail)
  local target = plan.target
  local items = concat({ "0::bigint AS tide_n", target.alias .. ".ctid AS tide_ctid", target.alias .. ".xmin AS tide_xmin" },
    named(full_names(target.key), numbered(target.key, "tide_k")),
    named(full_names(plan.written), numbered(plan.written, "tide_c")),
    plan.images and named(full_names(plan.imaged), numbered(plan.imaged, "tide_o")) or {})
  return ("CREATE TEMPORARY TABLE tide_batch ON COMMIT %s AS SELECT %s FROM %s AS %s WITH NO DATA"):format(tail,
    table.concat(items, ", "), target.sql, target.alias)
end

local function matches(plan)
  local target, parts = plan.target, {}
  if not target.partitioned then parts[1] = target.alias .. ".ctid = tide_b.tide_ctid" end
  parts[#parts + 1] = target.alias .. ".xmin = tide_b.tide_xmin"
  for i, column in ipairs(target.key) do parts[#parts + 1] = ("%s = tide_b.tide_k%d"):format(column.full, i) end
  return table.concat(parts, " AND ")
end

local function assignments(plan)
  local list = {}
  for i, column in ipairs(plan.written) do list[i] = ("%s = tide_b.tide_c%d"):format(column.sql, i) end
  for _, set in ipairs(plan.sets) do list[#list + 1] = ("%s = %s\n"):format(set.column.sql, set.expression) end
  return table.concat(list, ", ")
end

-- `$1` and `$2` of the images' INSERT: the range, and how many images it has already.
local function update_sql(plan, returning)
  local target = plan.target
  local update = ("UPDATE %s%s AS %s SET %s FROM tide_batch AS tide_b WHERE %s"):format(target.only, target.sql, target.alias,
    assignments(plan), matches(plan))
  if not plan.images then return update .. (returning and " RETURNING tide_b.tide_n" or "") end
  local before, after = numbered(plan.imaged, "tide_o"), numbered(plan.imaged, "tide_a")
  return ([[WITH u AS (%s RETURNING tide_b.tide_n, %s)
INSERT INTO %s SELECT $1::integer, $2::bigint + tide_n, %s FROM u%s]]):format(update,
    table.concat(concat(named(full_names(target.key), numbered(target.key, "tide_k")), numbered(plan.imaged, "tide_o", "tide_b"),
      named(full_names(plan.imaged), after)), ", "),
    plan.images, table.concat(concat(numbered(target.key, "tide_k"), before, after), ", "),
    returning and " RETURNING tide_n - $2::bigint" or "")
end

-- The table of the before-images: the key, the values before and after, typed as the table's own.
function postgres.create_images(db, plan)
  local target = plan.target
  sql.execute(db, ("CREATE TABLE %s AS SELECT 0::integer AS tide_range, 0::bigint AS tide_n, %s FROM %s AS %s WITH NO DATA")
    :format(plan.images, table.concat(concat(named(full_names(target.key), numbered(target.key, "k")),
      named(full_names(plan.imaged), numbered(plan.imaged, "b")), named(full_names(plan.imaged), numbered(plan.imaged, "a"))),
      ", "), target.sql, target.alias))
  sql.execute(db, ("ALTER TABLE %s ADD PRIMARY KEY (tide_range, tide_n), ADD COLUMN tide_problem text"):format(plan.images))
end

local function settings(kind, lock_timeout)
  return SETTINGS:format(kind, kind, kind, kind, kind, lock_timeout)
end

function postgres.open(job)
  local plan = job.plan
  local writer = {
    job = job, db = job.writer, pooled = native.data.pooled(job.writer), careful = 0,
    lines = { postgres.new_lines(plan), postgres.new_lines(plan) },
    again = postgres.new_lines(plan), update = update_sql(plan, false), update_one = update_sql(plan, true),
    lock_timeout = 5000,
  }
  if not writer.pooled then
    sql.execute(writer.db, settings("SESSION", writer.lock_timeout))
    sql.execute(writer.db, create_batch_table(plan, "DELETE ROWS"))
  end
  return writer
end

local function update_values(writer, range, base)
  if not writer.job.plan.images then return end
  return range.id, base
end

local function opening_steps(writer)
  if not writer.pooled then return {} end
  return { sql.step(settings("LOCAL", writer.lock_timeout)), sql.step(create_batch_table(writer.job.plan, "DROP")) }
end

local function copy_step()
  local step = sql.step("COPY tide_batch FROM STDIN")
  step.copy = true
  return step
end

local function closing_steps(writer, batch, changed, conflicts)
  local job = writer.job
  local steps = work.problem_steps(job, batch)
  if job.max and changed > 0 then steps[#steps + 1] = work.limit_step(job, changed) end
  steps[#steps + 1] = ranges.checkpoint(job, batch.range, { rows = batch.rows, changed = changed, conflicts = conflicts,
    images = job.plan.images and batch.images or 0 }, batch.last, batch.ended)
  return steps
end

-- Begins to write a batch; the script may go on meanwhile.
function postgres.start(writer, batch)
  local steps, n = opening_steps(writer), data.line_count(batch.lines)
  batch.images = n
  if n == 0 then steps = {} end
  if n > 0 then
    steps[#steps + 1] = copy_step()
    steps[#steps + 1] = sql.step(writer.update, update_values(writer, batch.range, batch.range.images))
    steps[#steps].rows = n
    batch.update = #steps
  end
  for _, step in ipairs(closing_steps(writer, batch, n, 0)) do steps[#steps + 1] = step end
  batch.limit, batch.checkpoint = writer.job.max and n > 0 and #steps - 1, #steps
  batch.changed, batch.conflicts = n, 0
  if writer.careful > 0 and n > 0 then
    writer.careful = writer.careful - 1
    return -- written at finish, row by row accounted for
  end
  batch.under_way = data.start(writer.db, steps, batch.lines, 0, n)
end

local function key_of(writer, lines, i)
  local fields = {}
  for field in (data.line(lines, i) .. "\t"):gmatch("(.-)\t") do fields[#fields + 1] = field end
  local values = {}
  for k in ipairs(writer.job.target.key) do values[k] = fields[3 + k] end
  return values
end

local function run_inside(writer, steps, lines, first, last)
  local counts, at = data.finish(data.start(writer.db, steps, lines, first or 0, last or 0))
  return counts, at
end

-- The numbers of the lines that found their row.
local function write_lines(writer, batch, lines, first, last, base)
  run_inside(writer, { copy_step() }, lines, first, last)
  local found = {}
  for _, row in ipairs(sql.query(writer.db, writer.update_one, update_values(writer, batch.range, base))) do
    for _, n in pairs(row) do found[n] = true end
  end
  return found
end

local function is_about_data(failure)
  local class = (failure.sqlstate or ""):sub(1, 2)
  return class == "22" or class == "23" or class == "P0" or class == "44"
end

-- Writes the lines first..last; where the database refuses a value it halves them until the row is found, which is
-- collected, or raised when rows are not collected.
local write_halves
local function write_some(writer, batch, lines, first, last, base, found)
  sql.execute(writer.db, "SAVEPOINT tide_rows")
  local ok, result = xpcall(write_lines, native.host.catch, writer, batch, lines, first, last, base)
  if ok then
    sql.execute(writer.db, "RELEASE SAVEPOINT tide_rows")
    for n in pairs(result) do found[n] = true end
    return
  end
  local failure = sql.described(result)
  if not is_about_data(failure) then native.host.rethrow(result) end
  sql.execute(writer.db, "ROLLBACK TO SAVEPOINT tide_rows; RELEASE SAVEPOINT tide_rows")
  write_halves(writer, batch, lines, first, last, base, found, failure)
end

-- A value that its column does not take fails on its way into the temporary table, whose names mean nothing to people.
local function of_column(plan, failure)
  local column = plan.written[tonumber((failure.context or ""):match("tide_c(%d+)"))]
  if not column then return failure end
  local fields = {}
  for field, value in pairs(failure) do fields[field] = value end
  fields.message, fields.column = column.name .. ": " .. failure.message, column.name
  fields.context, fields.statement, fields.position = nil, nil, nil
  return fields
end

function write_halves(writer, batch, lines, first, last, base, found, failure)
  if last - first == 1 then
    writer.job.row_failed(key_of(writer, lines, first), of_column(writer.job.plan, failure), batch)
    found[first] = "failed"
    return
  end
  local middle = first + math.floor((last - first) / 2)
  write_some(writer, batch, lines, first, middle, base, found)
  write_some(writer, batch, lines, middle, last, base, found)
end

-- The rows of these lines as they are now, locked: what has gone or fulfils `where` no more is left out.
local function read_again(writer, missing)
  local plan, job = writer.job.plan, writer.job
  local items = postgres.read_list(plan)
  local parts = {}
  for i, column in ipairs(plan.target.key) do parts[i] = ("%s = tide_b.tide_k%d"):format(column.full, i) end
  local text = ("SELECT %s FROM %s%s AS %s, tide_batch AS tide_b WHERE tide_b.tide_n = ANY ($1::bigint[]) AND %s%s "
    .. "FOR UPDATE OF %s"):format(table.concat(items, ", "), plan.target.only, plan.target.sql, plan.target.alias,
      table.concat(parts, " AND "), job.where and " AND (" .. job.where .. "\n)" or "", plan.target.alias)
  return (db_.look(writer.db, text, missing))
end

-- Changes and writes again, in the same transaction, the rows that somebody else had changed. Returns how many.
local function settle_conflicts(writer, batch, missing, base)
  local lines = writer.again
  data.clear_lines(lines)
  writer.job.change_rows(read_again(writer, missing), lines, batch, math.huge)
  local n = data.line_count(lines)
  if n == 0 then return 0 end
  local found, written = {}, 0
  write_some(writer, batch, lines, 0, n, base, found)
  for i = 0, n - 1 do
    if found[i] == true then written = written + 1 end
    if not found[i] then
      raise { kind = "sql", message = ("%s was not written although it is locked: a trigger or a policy holds it back"):format(
        writer.job.row_name(key_of(writer, lines, i))) }
    end
  end
  return written
end

local function write_carefully(writer, batch)
  local n, found, missing, changed = data.line_count(batch.lines), {}, {}, 0
  db_.begin(writer.db, "", false)
  ranges.hold(writer.job, writer.db, batch.range)
  for _, step in ipairs(opening_steps(writer)) do run_inside(writer, { step }) end
  write_some(writer, batch, batch.lines, 0, n, batch.range.images, found)
  for i = 0, n - 1 do
    if found[i] == true then changed = changed + 1 end
    if not found[i] then missing[#missing + 1] = i end
  end
  batch.conflicts = #missing
  if #missing > 0 then
    sql.execute(writer.db, "SAVEPOINT tide_again")
    changed = changed + settle_conflicts(writer, batch, missing, batch.range.images + n)
  end
  batch.changed, batch.images = changed, n + (#missing > 0 and data.line_count(writer.again) or 0)
  local steps = closing_steps(writer, batch, changed, #missing)
  local counts, at = run_inside(writer, steps)
  if not counts and at == #steps then ranges.lost(writer.job, batch.range) end
  if not counts then writer.job.refuse_beyond() end
  db_.commit(writer.db)
  if #missing > 0 then writer.careful = 20 end
end

local function rollback(writer) pcall(db_.rollback, writer.db) end

-- What is raised when a lock was not free in all attempts: with the row that somebody else holds.
local function raise_locked(writer, batch, failure)
  local target, parts = writer.job.plan.target, {}
  for i, column in ipairs(target.key) do parts[i] = ("%s = b.tide_k%d"):format(column.full, i) end
  local from = ("FROM %s%s AS %s, tide_batch AS b WHERE %s"):format(target.only, target.sql, target.alias,
    table.concat(parts, " AND "))
  local _, n = pcall(function()
    db_.begin(writer.db, "", false)
    for _, step in ipairs(opening_steps(writer)) do run_inside(writer, { step }) end
    run_inside(writer, { copy_step() }, batch.lines, 0, data.line_count(batch.lines))
    return sql.value(writer.db, ("WITH free AS (SELECT b.tide_n %s FOR UPDATE OF %s SKIP LOCKED) SELECT min(b.tide_n) %s "
      .. "AND b.tide_n NOT IN (SELECT tide_n FROM free)"):format(from, target.alias, from))
  end)
  rollback(writer)
  local fields = {}
  for field, value in pairs(failure) do fields[field] = value end
  if type(n) == "number" then
    fields.message = ("%s is locked by somebody else: %s"):format(writer.job.row_name(key_of(writer, batch.lines, n)),
      failure.message)
  end
  raise(fields)
end

-- Until it is written: what is only in the way for a moment is tried again.
local function insist(writer, batch)
  for attempt = 1, ATTEMPTS do
    local began = work.now()
    local ok, failure = xpcall(write_carefully, native.host.catch, writer, batch)
    if ok then
      batch.ms = (work.now() - began) * 1000
      return
    end
    rollback(writer)
    local described = sql.described(failure)
    if not REPEATABLE[described.sqlstate or ""] then native.host.rethrow(failure) end
    if attempt == ATTEMPTS then raise_locked(writer, batch, described) end
    writer.job.waiting(("%s; attempt %d of %d"):format(described.message, attempt + 1, ATTEMPTS))
    native.host.sleep(math.random(20, 60) * attempt)
  end
end

-- Whether an error of a batch that went all at once is worth looking at row by row.
local function is_worth_another(failure)
  return REPEATABLE[failure.sqlstate or ""] or is_about_data(failure)
end

-- Waits until the batch is committed.
function postgres.finish(writer, batch)
  if not batch.under_way then
    if batch.changed > 0 then insist(writer, batch) end
    return
  end
  local ok, counts, at = xpcall(data.finish, native.host.catch, batch.under_way)
  if ok and counts then
    batch.ms = at
    return
  end
  if ok and at == batch.checkpoint then ranges.lost(writer.job, batch.range) end
  if ok and at == batch.limit then writer.job.refuse_beyond() end
  if not ok and not is_worth_another(sql.described(counts)) then native.host.rethrow(counts) end
  insist(writer, batch)
end

return postgres
