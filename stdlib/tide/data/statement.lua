-- data.backfill and data.delete: one SQL statement, cut into batches by key. No row leaves the database.
local native = ...

local describe = require "tide.data.target"
local expression = require "tide.data.expression"
local keys = require "tide.data.keys"
local plan = require "tide.data.plan"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"

local statement = {}

local FIRST_BATCH = 500
local RANGE_ROWS = 50000

local OPTIONS = {
  table = "string", set = "table", where = "string", key = "table|string", batch = "number", workers = "number",
  pause = "string|number", expect = "table", throttle = "table",
}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check(name, options)
  options = native.options(name, options, OPTIONS)
  if not options.table then usage(name .. " needs `table`") end
  if not options.where then usage(name .. ' needs `where`: "true" is every row') end
  local batch, workers = plan.portions(name, options, 10000)
  return {
    batch = batch, workers = workers, keep = 0, expect = plan.expect(name, options.expect),
    pause = native.host.duration(options.pause or 0, "pause"), longest = throttle.longest_batch(options.throttle),
  }
end

-- The last key of a batch; nil when the range ends before it is full.
local function find_end(job, range)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT 1 OFFSET %d"):format(keys.encoded(job.db, job.target),
    job.target.only, job.target.sql, job.target.alias, where, keys.order(job.target), job.size - 1)
  local found = sql.value(job.db, text, unpack(values, 1, #values))
  return found and keys.decode(job.db, found)
end

local function write(job, batch)
  local range = batch.range
  sql.transaction(job.db, function()
    batch.last = find_end(job, range)
    batch.ended = batch.last == nil
    local where, values = keys.between(job.db, job.target, job.where, range.at, batch.last or range.until_)
    batch.changed = sql.execute(job.db, job.verb .. where, unpack(values, 1, #values))
    batch.rows = batch.changed
    if job.max and store.execute(job.db, "UPDATE {runs} SET changed = changed + $2 WHERE id = $1 AND changed + $2 <= $3",
      job.run.id, batch.changed, job.max) == 0 then
      job.refuse_beyond()
    end
    local step = ranges.checkpoint(job, range, batch, batch.last, batch.ended)
    if sql.execute(job.db, unpack(step, 1, step.n + 1)) ~= 1 then ranges.lost(job, range) end
  end)
end

local function through(job, range)
  repeat
    work.wait_while_held(job)
    local batch = work.new_batch(range)
    local began = work.now()
    write(job, batch)
    batch.ms = (work.now() - began) * 1000
    work.committed(job, range, batch)
  until batch.ended
end

local function summarize(job, seconds)
  local counts = store.counts(job.db, job.run.id)
  native.log.log("info", ("%s: %d rows, %.1f s"):format(job.target.name, counts.changed, seconds))
  local min = job.settings.expect.min
  if min and counts.changed < min then
    native.host.raise { kind = "verify", message = ("%s: %d rows, expect.min = %d"):format(job.target.name, counts.changed, min) }
  end
  return { run = job.run.id, changed = counts.changed }
end

local function nothing() end

local function refuse_before(name, total, expect)
  local what = expect.max and total > expect.max and "expect.max = " .. expect.max
    or expect.min and total < expect.min and "expect.min = " .. expect.min
  if not what then return end
  native.host.raise { kind = "verify", message = ("%s: %d rows fulfil `where`, %s: nothing was changed"):format(name, total,
    what) }
end

local function run(db, name, options, verb_of)
  local caller = runs.caller()
  work.enter(db, caller, name)
  local settings = check(name, options)
  local target = describe.describe(db, options.table, options.key)
  local made = { target = target, visible = {}, roles = {}, keeps_images = false }
  local verb, sets = verb_of(target)
  expression.check(db, target, options.where, sets or {}, name)
  made.outline = json.encode { table = target.reference, verb = verb, where = options.where }
  settings.total = work.estimate(db, target, options.where)
  if native.inputs.dry_run() then
    native.log.print(("%s: %s would change about %d rows"):format(target.name, name, settings.total))
    return { changed = settings.total }
  end
  local job = work.new_job(db, name:match("%w+$"), made, settings, options)
  job.verb, job.size = verb, math.min(settings.batch, FIRST_BATCH)
  job.range_rows = math.max(1000, math.min(RANGE_ROWS, math.ceil(settings.total / (settings.workers * 8))))
  job.throttled = throttle.new(db, options.throttle)
  job.open = function() job.me = ranges.worker(db, db) end
  job.through = function(range) through(job, range) end
  job.drain, job.abandon, job.close = nothing, nothing, nothing
  local function before(begun)
    local ok, failure = xpcall(refuse_before, native.host.catch, target.name, settings.total, settings.expect)
    if ok then return end
    store.abandon(begun.db, begun.run.id)
    native.host.rethrow(failure)
  end
  return work.begin(job, caller, { check = before, summarize = summarize })
end

function statement.backfill(db, options)
  return run(db, "data.backfill", options, function(target)
    local sets = plan.sets(target, options.set, "data.backfill")
    if #sets == 0 then usage "data.backfill needs `set`: { column = \"an SQL expression\" }" end
    local parts = {}
    for i, set in ipairs(sets) do parts[i] = ("%s = %s\n"):format(set.column.sql, set.expression) end
    return ("UPDATE %s%s AS %s SET %s"):format(target.only, target.sql, target.alias, table.concat(parts, ", ")), sets
  end)
end

function statement.delete(db, options)
  if type(options) == "table" and options.set then usage "data.delete has no option 'set'" end
  return run(db, "data.delete", options, function(target)
    return ("DELETE FROM %s%s AS %s"):format(target.only, target.sql, target.alias)
  end)
end

return statement
