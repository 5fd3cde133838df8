-- data.transform: rows are read by ranges of keys, changed by the script, written batch by batch.
local native = ...

local keys = require "tide.data.keys"
local plan = require "tide.data.plan"
local preview = require "tide.data.preview"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"
local write_postgres = require "tide.data.write_postgres"
local write_sqlite = require "tide.data.write_sqlite"

local raise = native.host.raise

local FIRST_BATCH = 500
local RANGE_ROWS = 100000

local transform = {}

-- SQLite: batch after batch, each in one transaction.
local function through_sqlite(job, range)
  repeat
    work.wait_while_held(job)
    local batch = work.new_batch(range)
    local began = work.now()
    write_sqlite.work(job.writing, batch, job.size)
    batch.ms = (work.now() - began) * 1000
    work.committed(job, range, batch)
  until batch.ended
end

local function open_rows(job, range)
  local where, values = keys.between(job.db, job.target, job.where, range.at, range.until_)
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s"):format(table.concat(job.items, ", "), job.target.only,
    job.target.sql, job.target.alias, where, keys.order(job.target))
  native.db.begin(job.reader, "", true)
  return (native.db.stream(job.reader, text, unpack(values, 1, #values)))
end

local function close_rows(job, rows)
  native.db.close_rows(rows)
  pcall(native.db.rollback, job.reader)
end

local function finish_write(job)
  local batch = job.in_flight
  if not batch then return end
  job.in_flight = nil
  write_postgres.finish(job.writing, batch)
  work.committed(job, batch.range, batch)
end

-- Reads and changes up to a batch of rows.
local function change_batch(job, range, rows, lines)
  native.data.clear_lines(lines)
  local batch = work.new_batch(range)
  batch.lines = lines
  local at = job.change_rows(rows, lines, batch, job.size)
  batch.rows, batch.ended = at.read, at.ended
  batch.last = at.read > 0 and work.key_values(job, at) or nil
  return batch
end

-- PostgreSQL: while one batch is written, the next one is read (on a connection of its own) and changed. Returns why
-- reading stopped before the end of the range; what was read of it until then is being written.
local function stream_postgres(job, range)
  local rows = open_rows(job, range)
  local ok, held = xpcall(function()
    while true do
      job.turn = 3 - job.turn
      local batch = change_batch(job, range, rows, job.writing.lines[job.turn])
      finish_write(job)
      job.in_flight = batch
      write_postgres.start(job.writing, batch)
      if batch.ended then return nil end
      local reason = work.reason_to_wait(job)
      if reason then return reason end
    end
  end, native.host.catch)
  close_rows(job, rows)
  if not ok then native.host.rethrow(held) end
  return held
end

local function through_postgres(job, range)
  while stream_postgres(job, range) do
    finish_write(job)
    work.wait_while_held(job)
  end
end

local function open_sqlite(job)
  job.me = ranges.worker(job.db)
  job.writing = write_sqlite.open(job)
  job.put = job.writing.put
end

local function open_postgres(job)
  job.reader, job.writer = native.data.another(job.db), native.data.another(job.db)
  local path = sql.value(job.db, "SELECT current_setting('search_path')")
  for _, session in ipairs { job.reader, job.writer } do
    sql.query(session, "SELECT set_config('search_path', $1, false), set_config('application_name', $2, false)", path,
      "tide run " .. job.run.id)
  end
  job.me = ranges.worker(job.db, job.writer)
  job.put, job.turn = native.data.put, 1
  job.writing = write_postgres.open(job)
end

local function nothing() end

-- What the engines differ in; see work.run.
local function for_sqlite(job)
  job.open = function() open_sqlite(job) end
  job.through = function(range) through_sqlite(job, range) end
  job.drain, job.abandon, job.close = nothing, nothing, nothing
end

local function for_postgres(job)
  job.open = function() open_postgres(job) end
  job.through = function(range) through_postgres(job, range) end
  job.drain = function() finish_write(job) end
  -- the fate of the batch under way is the range's checkpoint, whatever this process learns of it
  job.abandon = function()
    local batch = job.in_flight
    if batch and batch.under_way then pcall(native.data.finish, batch.under_way) end
  end
  job.close = function()
    native.db.close(job.reader)
    native.db.close(job.writer)
  end
end

local function new_job(db, made, settings, options)
  local writer = db.engine == "sqlite" and write_sqlite or write_postgres
  local job = work.new_job(db, "transform", made, settings, options)
  job.change, job.size = options.change, math.min(settings.batch, FIRST_BATCH)
  job.items, job.skip = writer.read_list(made)
  job.create_images = writer.create_images
  job.throttled = throttle.new(db, options.throttle)
  job.range_rows = math.max(1000, math.min(RANGE_ROWS, math.ceil(settings.total / (settings.workers * 8))))
  if db.engine == "sqlite" then for_sqlite(job) else for_postgres(job) end
  return job
end

local function check_after(job, counts)
  local min = job.settings.expect.min
  if not min or counts.changed >= min then return end
  raise { kind = "verify", message = ("%s: %d rows changed, expect.min = %d"):format(job.target.name, counts.changed, min),
    next = { ("tide undo %d   restores them"):format(job.run.id) } }
end

local function summarize(job, seconds)
  local counts = store.counts(job.db, job.run.id)
  local facts = { ("%d of %d rows changed"):format(counts.changed, counts.rows) }
  if counts.conflicts > 0 then
    facts[#facts + 1] = ("%d met a change by others and were changed anew"):format(counts.conflicts)
  end
  if counts.errors > 0 then facts[#facts + 1] = ("%d failed: tide runs %d names them"):format(counts.errors, job.run.id) end
  facts[#facts + 1] = ("%.1f s"):format(seconds)
  if job.plan.images then facts[#facts + 1] = "tide undo " .. job.run.id .. " restores them" end
  native.log.log("info", ("%s: %s"):format(job.target.name, table.concat(facts, ", ")))
  check_after(job, counts)
  return { run = job.run.id, rows = counts.rows, changed = counts.changed, conflicts = counts.conflicts, errors = counts.errors }
end

-- Before the first write: what can be known already.
local function check_before(job)
  local min, total = job.settings.expect.min, job.settings.total
  local ok, failure = xpcall(function()
    if min and total < min and job.target.estimate < 200000 then
      raise { kind = "verify", message = ("%s: %d rows are there, expect.min = %d: nothing was changed"):format(job.target.name,
        total, min) }
    end
    preview.check_expected(job)
  end, native.host.catch)
  if ok then return end
  store.abandon(job.db, job.run.id)
  native.host.rethrow(failure)
end

function transform.run(db, options)
  local caller = runs.caller()
  work.enter(db, caller, "data.transform")
  local settings = plan.check(options)
  local made = plan.make(db, options)
  settings.total = work.estimate(db, made.target, options.where)
  local job = new_job(db, made, settings, options)
  if native.inputs.dry_run() then return preview.show(job, settings.total) end
  return work.begin(job, caller, { create_images = job.create_images, check = check_before, summarize = summarize })
end

return transform
