-- data.backfill, data.delete, and what else is one step for a batch of rows, cut out by key: how such a fix runs.
local native = ...

local again = require "tide.data.again"
local describe = require "tide.data.target"
local expression = require "tide.data.expression"
local keys = require "tide.data.keys"
local plan = require "tide.data.plan"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local settings = require "tide.data.settings"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"

local statement = {}

local FIRST_BATCH = 500
local RANGE_ROWS = 50000

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- The last key of a batch; nil when the range ends before it is full.
local function find_end(job, range)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT 1 OFFSET %d"):format(keys.encoded(job.db, job.target),
    job.target.only, job.target.sql, job.target.alias, where, keys.order(job.target), job.size - 1)
  local found = sql.value(job.db, text, unpack(values, 1, #values))
  return found and keys.decode(job.db, found)
end

-- Within the batch's transaction: its count, refused beyond expect.max, and its checkpoint.
function statement.note(job, batch)
  if job.max and store.execute(job.db, "UPDATE {runs} SET changed = changed + $2 WHERE id = $1 AND changed + $2 <= $3",
    job.run.id, batch.changed, job.max) == 0 then
    job.refuse_beyond()
  end
  local step = ranges.checkpoint(job, batch.range, batch, batch.last, batch.ended)
  if sql.execute(job.db, unpack(step, 1, step.n + 1)) ~= 1 then ranges.lost(job, batch.range) end
end

-- A transaction in which `change(where, values)` does the batch's work, by SQL, and returns the rows that it has changed.
function statement.write(job, batch, change)
  local range = batch.range
  sql.transaction(job.db, function()
    batch.last = find_end(job, range)
    batch.ended = batch.last == nil
    batch.changed = change(keys.between(job.db, job.target, job.where, range.at, batch.last or range.until_))
    batch.rows = batch.changed
    statement.note(job, batch)
  end)
end

local function through(job, range)
  repeat
    work.wait_while_held(job)
    local batch = work.new_batch(range)
    local began = work.now()
    local ok, failure = xpcall(job.write, native.host.catch, job, batch)
    if ok then
      batch.ms = (work.now() - began) * 1000
      work.committed(job, range, batch)
    else
      again.recover(job, range, failure)
    end
  until ok and batch.ended
end

local function summarize(job, seconds)
  local counts = store.counts(job.db, job.run.id)
  native.log.log("info", ("%s: %d rows %s, %.1f s"):format(job.target.name, counts.changed, job.plan.done, seconds))
  local min = job.settings.expect.min
  if min and counts.changed < min then
    native.host.raise { kind = "verify", message = ("%s: %d rows, expect.min = %d"):format(job.target.name, counts.changed, min) }
  end
  return { run = job.run.id, changed = counts.changed }
end

local function nothing() end

-- kVerify before anything is done, where `total` rows are not what is expected.
function statement.refuse_unexpected(name, total, expect)
  local what = expect.max and total > expect.max and "expect.max = " .. expect.max
    or expect.min and total < expect.min and "expect.min = " .. expect.min
  if not what then return end
  native.host.raise { kind = "verify", message = ("%s: %d rows fulfil `where`, %s: nothing was changed"):format(name, total,
    what) }
end

local function check_before(job)
  local ok, failure = xpcall(statement.refuse_unexpected, native.host.catch, job.target.name, job.settings.total,
    job.settings.expect)
  if ok then return end
  store.abandon(job.db, job.run.id)
  native.host.rethrow(failure)
end

local function new_job(db, kind, made, checked, options)
  local job = work.new_job(db, kind.call:match("%w+$"), made, checked, options)
  job.write, job.size = made.write, math.min(checked.batch, FIRST_BATCH)
  job.range_rows = math.max(1000, math.min(RANGE_ROWS, math.ceil(checked.total / (checked.workers * 8))))
  job.throttled = throttle.new(db, options.throttle)
  job.open = function()
    job.me = ranges.worker(db, db)
    if made.open then made.open(job) end
  end
  job.through = function(range) through(job, range) end
  job.drain, job.abandon, job.close = nothing, nothing, made.close or nothing
  return job
end

-- `kind` has call, fields and batch (see settings.check), and make(db, target, options), which returns what is done:
-- `outline`, a text that says it; `done`, what is said behind the number of rows ("deleted"); write(job, batch); perhaps
-- `sets` (see plan.sets), open(job) and close().
function statement.run(db, kind, options)
  local caller = runs.caller()
  work.enter(db, caller, kind.call)
  local checked = settings.check(kind, options)
  if not options.where then usage(kind.call .. ' needs `where`: "true" is every row') end
  local target = describe.describe(db, options.table, options.key)
  local made = kind.make(db, target, options)
  made.target, made.visible, made.roles, made.keeps_images = target, {}, {}, false
  expression.check(db, target, options.where, made.sets or {}, kind.call)
  checked.total = work.estimate(db, target, options.where)
  if native.inputs.dry_run() then
    native.log.print(("%s: about %d rows would be %s"):format(target.name, checked.total, made.done))
    statement.refuse_unexpected(target.name, checked.total, checked.expect)
    return { changed = checked.total }
  end
  return work.begin(new_job(db, kind, made, checked, options), caller, { check = check_before, summarize = summarize })
end

local function fields_with(more)
  local fields = {
    table = "string", where = "string", key = "table|string", batch = "number", workers = "number",
    pause = "string|number", expect = "table", throttle = "table",
  }
  for name, type in pairs(more) do fields[name] = type end
  return fields
end
statement.fields_with = fields_with

-- What is done by one statement, which gets its WHERE.
local function by_verb(target, verb, where, done)
  local function write(job, batch)
    statement.write(job, batch, function(condition, values)
      return sql.execute(job.db, verb .. condition, unpack(values, 1, #values))
    end)
  end
  return { outline = json.encode { table = target.reference, verb = verb, where = where }, done = done, write = write }
end

local BACKFILL = { call = "data.backfill", batch = 10000, fields = fields_with { set = "table" } }
local DELETE = { call = "data.delete", batch = 10000, fields = fields_with {} }

function BACKFILL.make(_, target, options)
  local sets = plan.sets(target, options.set, "data.backfill")
  if #sets == 0 then usage "data.backfill needs `set`: { column = \"an SQL expression\" }" end
  local parts = {}
  for i, set in ipairs(sets) do parts[i] = ("%s = %s\n"):format(set.column.sql, set.expression) end
  local made = by_verb(target, ("UPDATE %s%s AS %s SET %s"):format(target.only, target.sql, target.alias,
    table.concat(parts, ", ")), options.where, "changed")
  made.sets = sets
  return made
end

function DELETE.make(_, target, options)
  return by_verb(target, ("DELETE FROM %s%s AS %s"):format(target.only, target.sql, target.alias), options.where, "deleted")
end

function statement.backfill(db, options) return statement.run(db, BACKFILL, options) end

function statement.delete(db, options) return statement.run(db, DELETE, options) end

return statement
