-- data.each: a function with side effects for every row (a request, a command). At least once: what was done and not yet
-- noted when the process was killed is done again.
local native = ...

local describe = require "tide.data.target"
local expression = require "tide.data.expression"
local keys = require "tide.data.keys"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local settings = require "tide.data.settings"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"

local each = {}

local KIND = {
  call = "data.each", batch = 1,
  fields = {
    table = "string", columns = "table", each = "function", where = "string", key = "table|string", batch = "number",
    workers = "number", pause = "string|number", throttle = "table", on_error = "string", max_errors = "number",
  },
}

local function check(options)
  local checked = settings.check(KIND, options)
  if not options.each then
    native.host.raise { kind = "usage", message = "data.each needs `each`, a function that gets a row" }
  end
  checked.longest = math.huge
  return checked
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
  local checked = check(options)
  local made = make(db, options)
  checked.total = work.estimate(db, made.target, options.where)
  if native.inputs.dry_run() then
    native.log.print(("%s: `each` would be called for %d rows"):format(made.target.name, checked.total))
    return { rows = checked.total }
  end
  local job = work.new_job(db, "each", made, checked, options)
  job.skip, job.size, job.put = 0, checked.batch, nothing
  job.range_rows = math.max(100, math.min(5000, math.ceil(checked.total / 8)))
  job.change = function(row) options.each(row) end
  job.throttled = throttle.new(db, options.throttle)
  job.open = function() job.me = ranges.worker(db, db) end
  job.through = function(range) through(job, range) end
  job.drain, job.abandon, job.close = nothing, nothing, nothing
  return work.begin(job, caller, { summarize = summarize })
end

return each
