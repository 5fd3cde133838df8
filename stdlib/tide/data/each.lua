-- data.each: a function with side effects for every row (a request, a command). At least once: what was done and not yet
-- noted when the process was killed is done again.
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

local each = {}

local OPTIONS = {
  table = "string", columns = "table", each = "function", where = "string", key = "table|string", batch = "number",
  workers = "number", pause = "string|number", throttle = "table", on_error = "string", max_errors = "number",
}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check(options)
  options = native.options("data.each", options, OPTIONS)
  if not options.table or not options.each then usage "data.each needs `table` and `each`, a function that gets a row" end
  if options.on_error and options.on_error ~= "stop" and options.on_error ~= "collect" then
    usage(('data.each: on_error is "stop" or "collect", not "%s"'):format(options.on_error))
  end
  local batch, workers = plan.portions("data.each", options, 1)
  return {
    batch = batch, workers = workers, collect = options.on_error == "collect",
    max_errors = plan.whole("data.each", options, "max_errors", 100, 1), expect = {}, keep = 0,
    pause = native.host.duration(options.pause or 0, "pause"), longest = math.huge,
  }
end

local function make(db, options)
  local target = describe.describe(db, options.table, options.key)
  expression.check(db, target, options.where, {}, "data.each")
  local made = { target = target, visible = {}, roles = {}, keeps_images = false }
  local function add(column, role)
    made.visible[#made.visible + 1] = column
    made.roles[#made.visible] = { name = column.name, role = role, list = column.list }
  end
  local seen = {}
  for _, column in ipairs(target.key) do
    add(column, "key")
    seen[column] = true
  end
  for _, name in ipairs(options.columns or {}) do
    local column = describe.column(target, name)
    if not seen[column] then add(column, "read") end
    seen[column] = true
  end
  made.outline = json.encode { table = target.reference, key = target.key[1].name, where = options.where }
  return made
end

local function read_batch(job, range)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local names = {}
  for i, column in ipairs(job.plan.visible) do names[i] = column.full end
  for _, item in ipairs(keys.blobs(job.target)) do names[#names + 1] = item end
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT %d"):format(table.concat(names, ", "), job.target.only,
    job.target.sql, job.target.alias, where, keys.order(job.target), job.size)
  return (native.db.look(job.db, text, unpack(values, 1, #values)))
end

local function note(job, batch)
  sql.transaction(job.db, function()
    for _, step in ipairs(work.problem_steps(job, batch)) do sql.execute(job.db, unpack(step, 1, step.n + 1)) end
    local step = ranges.checkpoint(job, batch.range, batch, batch.last, batch.ended)
    if sql.execute(job.db, unpack(step, 1, step.n + 1)) ~= 1 then ranges.lost(job, batch.range) end
  end)
end

local function through(job, range)
  repeat
    work.wait_while_held(job)
    local batch = work.new_batch(range)
    local at = job.change_rows(read_batch(job, range), nil, batch, job.size)
    batch.rows, batch.ended = at.read, at.ended
    batch.last = at.read > 0 and work.key_values(job, at) or nil
    note(job, batch)
    work.committed(job, range, batch)
  until batch.ended
end

local function summarize(job, seconds)
  local counts = store.counts(job.db, job.run.id)
  native.log.log("info", ("%s: %d rows, %d failed, %.1f s"):format(job.target.name, counts.rows, counts.errors, seconds))
  return { run = job.run.id, rows = counts.rows, errors = counts.errors }
end

local function nothing() end

function each.run(db, options)
  local caller = runs.caller()
  work.enter(db, caller, "data.each")
  local settings = check(options)
  local made = make(db, options)
  settings.total = work.estimate(db, made.target, options.where)
  if native.inputs.dry_run() then
    native.log.print(("%s: `each` would be called for %d rows"):format(made.target.name, settings.total))
    return { rows = settings.total }
  end
  local job = work.new_job(db, "each", made, settings, options)
  job.skip, job.size, job.put = 0, settings.batch, nothing
  job.range_rows = math.max(100, math.min(5000, math.ceil(settings.total / 8)))
  job.change = function(row) options.each(row) end
  job.throttled = throttle.new(db, options.throttle)
  job.open = function() job.me = ranges.worker(db, db) end
  job.through = function(range) through(job, range) end
  job.drain, job.abandon, job.close = nothing, nothing, nothing
  return work.begin(job, caller, { summarize = summarize })
end

return each
