-- How a batch is changed on SQLite, which has one writer: read, changed and written in one transaction that holds the
-- write lock from its start, together with the checkpoint, so that nobody can come in between.
local native = ...

local keys = require "tide.data.keys"
local ranges = require "tide.data.ranges"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local work = require "tide.data.work"

local sqlite = {}

local function names_of(columns)
  local list = {}
  for i, column in ipairs(columns) do list[i] = column.sql end
  return table.concat(list, ", ")
end

-- "b1, b2, b3"
local function numbered(columns, letter)
  local list = {}
  for i in ipairs(columns) do list[i] = letter .. i end
  return table.concat(list, ", ")
end

function sqlite.read_list(plan)
  local items = {}
  for i, column in ipairs(plan.visible) do items[i] = column.full end
  for _, item in ipairs(keys.blobs(plan.target)) do items[#items + 1] = item end
  return items, 0
end

-- Columns without a type keep any value as it is.
function sqlite.create_images(db, plan)
  local names = { "tide_range integer NOT NULL", "tide_n integer NOT NULL" }
  for i in ipairs(plan.target.key) do names[#names + 1] = "k" .. i end
  for i in ipairs(plan.imaged) do names[#names + 1] = "b" .. i end
  for i in ipairs(plan.imaged) do names[#names + 1] = "a" .. i end
  sql.execute(db, ("CREATE TABLE %s (%s, tide_problem text, PRIMARY KEY (tide_range, tide_n)) WITHOUT ROWID"):format(
    plan.images, table.concat(names, ", ")))
end

local function image_sql(plan, condition)
  local target = plan.target
  local insert = ("INSERT INTO %s (tide_range, tide_n, %s, %s) SELECT $1, $2, %s, %s FROM %s WHERE %s"):format(plan.images,
    numbered(target.key, "k"), numbered(plan.imaged, "b"), names_of(target.key), names_of(plan.imaged), target.sql, condition)
  local after = ("UPDATE %s SET (%s) = (SELECT %s FROM %s WHERE %s) WHERE tide_range = $1 AND tide_n = $2"):format(
    plan.images, numbered(plan.imaged, "a"), names_of(plan.imaged), target.sql, condition)
  return insert, after
end

-- Only what has changed is set: what a script was given of a BLOB is not what would be written back.
local function update_sql(plan, names, condition)
  local target, parts = plan.target, {}
  for i, column in ipairs(names) do parts[i] = ("%s = $%d"):format(column.sql, i) end
  for _, set in ipairs(plan.sets) do parts[#parts + 1] = ("%s = %s\n"):format(set.column.sql, set.expression) end
  return ("UPDATE %s SET %s WHERE %s"):format(target.sql, table.concat(parts, ", "), condition)
end

-- The statements that write a row with these changed columns and a key of this kind.
local function statements_for(db, plan, names, key)
  local function condition(first)
    local parts = {}
    for i, item in ipairs(keys.parameters(db, plan.target, first, key)) do
      parts[i] = plan.target.key[i].sql .. " = " .. item
    end
    return table.concat(parts, " AND ")
  end
  local made = { update = update_sql(plan, names, condition(#names + 1)) }
  if plan.images then made.insert, made.after = image_sql(plan, condition(3)) end
  return made
end

local function as_parameter(column, value)
  if value == nil then return null end
  local kind = type(value)
  if kind == "function" or kind == "thread" or kind == "table" then
    native.host.raise { kind = "usage", message = ("%s is a %s: a database takes nil, booleans, numbers, strings, numeric and "
      .. "bytes"):format(column.name, kind) }
  end
  return value
end

local function update(db, text, values)
  if sql.execute(db, text, unpack(values, 1, #values)) == 1 then return end
  native.host.raise { kind = "sql", message = "the row was not written: a trigger holds it back" }
end

-- put(batch, rows, row, changed, value ...): writes the row at hand.
local function writer_of(job)
  local plan, statements = job.plan, {}
  local drop_image = plan.images and "DELETE FROM " .. plan.images .. " WHERE tide_range = $1 AND tide_n = $2"
  return function(batch, _, _, ...)
    local names, values, shape, key = {}, {}, {}, work.key_values(job, batch.at)
    for i, column in ipairs(plan.written) do
      local changed, value = select(2 * i - 1, ...)
      shape[i] = changed and "1" or "0"
      if changed then names[#names + 1], values[#values + 1] = column, as_parameter(column, value) end
    end
    for _, value in ipairs(key) do values[#values + 1], shape[#shape + 1] = value, type(value) == "string" and "t" or "v" end
    shape = table.concat(shape)
    statements[shape] = statements[shape] or statements_for(job.db, plan, names, key)
    local texts = statements[shape]
    if not plan.images then return update(job.db, texts.update, values) end
    local n = batch.range.images + batch.images
    sql.execute(job.db, texts.insert, batch.range.id, n, unpack(key))
    local ok, failure = xpcall(update, native.host.catch, job.db, texts.update, values)
    if not ok then
      sql.execute(job.db, drop_image, batch.range.id, n)
      native.host.rethrow(failure)
    end
    sql.execute(job.db, texts.after, batch.range.id, n, unpack(key))
    batch.images = batch.images + 1
  end
end

function sqlite.open(job) return { job = job, put = writer_of(job) } end

function sqlite.select(job, range, limit)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local items = sqlite.read_list(job.plan)
  return ("SELECT %s FROM %s AS %s%s ORDER BY %s LIMIT %d"):format(table.concat(items, ", "), job.target.sql,
    job.target.alias, where, keys.order(job.target), limit), values
end

-- Reads, changes and writes one batch of the range.
function sqlite.work(writer, batch, limit)
  local job = writer.job
  sql.transaction(job.db, function()
    local text, values = sqlite.select(job, batch.range, limit)
    local rows = native.db.look(job.db, text, unpack(values, 1, #values))
    local at = job.change_rows(rows, batch, batch, limit)
    batch.rows, batch.changed, batch.ended, batch.conflicts = at.read, at.changed, at.ended, 0
    batch.last = at.read > 0 and at or nil
    for _, step in ipairs(work.problem_steps(job, batch)) do sql.execute(job.db, unpack(step, 1, step.n + 1)) end
    if job.max and at.changed > 0 and store.execute(job.db, "UPDATE {runs} SET changed = changed + $2 WHERE id = $1 "
      .. "AND changed + $2 <= $3", job.run.id, at.changed, job.max) == 0 then
      job.refuse_beyond()
    end
    local step = ranges.checkpoint(job, batch.range, batch, batch.last, batch.ended)
    if sql.execute(job.db, step[1], unpack(step, 2, step.n + 1)) ~= 1 then ranges.lost(job, batch.range) end
  end)
end

return sqlite
