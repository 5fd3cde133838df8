-- data.transform: rows are read by ranges of keys, changed by the script, written batch by batch.
local native = ...

local changes = native.changes
local keys = require "tide.data.keys"
local plan = require "tide.data.plan"
local preview = require "tide.data.preview"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local targets = require "tide.data.target"
local throttle = require "tide.data.throttle"
local write_postgres = require "tide.data.write_postgres"
local write_sqlite = require "tide.data.write_sqlite"

local raise = native.host.raise

local FIRST_BATCH = 500
local RANGE_ROWS = 50000
local TELL_EVERY, LOOK_EVERY = 0.25, 1 -- seconds

local transform = {}

local function now() return native.time.monotonic() end

-- What was raised, said of a row, with the place and everything else that is known.
local function raise_of_row(name, failure)
  local fields = { kind = "lua" }
  if type(failure) == "table" then
    for field, value in pairs(failure) do fields[field] = value end
  end
  fields.message = ("%s: %s"):format(name, type(failure) == "table" and failure.message or tostring(failure))
  raise(fields)
end

local function engine_of(db) return db.engine == "sqlite" and write_sqlite or write_postgres end

local function key_values(job, at)
  local values = {}
  for i in ipairs(job.target.key) do values[i] = at[i] end
  return values
end

-- Collected, up to the limit, or raised.
local function row_failed(job, values, failure, batch)
  local described = sql.described(failure)
  local name = targets.row_name(job.target, values)
  local interrupted = type(described) == "table" and described.kind == "interrupted"
  if not job.settings.collect or interrupted then raise_of_row(name, described) end
  job.errors = job.errors + 1
  if job.errors > job.settings.max_errors then
    raise_of_row(("more than max_errors = %d rows failed; the last one, %s"):format(job.settings.max_errors, name), described)
  end
  local text = type(described) == "table" and described.message or tostring(described)
  batch.problems[#batch.problems + 1] = { key = name, message = text }
  native.log.log("warn", name .. ": " .. text)
end

-- Walks rows with the script's function; what has changed goes to `sink`. Returns how far it came.
local function change_rows(job, rows, sink, batch, limit)
  local at = { read = 0, changed = 0, limit = limit }
  while true do
    local ok, failure = changes.run(job.loop, rows, job.skip, job.Row, job.change, job.put, sink, at)
    if ok then return at end
    if not at.row then native.host.rethrow(failure) end
    row_failed(job, key_values(job, at), failure, batch)
  end
end

local function new_job(db, made, settings, options)
  local job = {
    db = db, target = made.target, plan = made, settings = settings, where = options.where, change = options.change,
    loop = changes.compile(made.roles), errors = 0, told = 0, looked = 0, size = math.min(settings.batch, FIRST_BATCH),
    max = settings.expect.max, range_rows = RANGE_ROWS,
  }
  local names = {}
  for i, column in ipairs(made.visible) do names[i] = column.name end
  job.Row = changes.row_type(made.target.name, names)
  job.items, job.skip = engine_of(db).read_list(made)
  job.change_rows = function(...) return change_rows(job, ...) end
  job.row_failed = function(...) return row_failed(job, ...) end
  job.row_name = function(values) return targets.row_name(job.target, values) end
  job.waiting = function(text) native.log.log("info", made.target.name .. ": " .. text) end
  job.refuse_beyond = function()
    raise { kind = "verify", message = ("%s: more rows would change than expect.max = %d: stopped before the batch that "
      .. "goes beyond"):format(made.target.name, job.max) }
  end
  return job
end

-- How many rows there are to read, about.
local function estimate(db, target, where)
  local from = target.only .. target.sql .. " AS " .. target.alias .. (where and " WHERE " .. where or "")
  if db.engine == "postgres" and target.estimate >= 200000 then
    local text = sql.value(db, "EXPLAIN (FORMAT JSON) SELECT 1 FROM " .. from)
    return json.decode(text)[1].Plan["Plan Rows"]
  end
  return sql.value(db, "SELECT count(*) FROM " .. from)
end

local function tell(job, state)
  if not state and now() - job.told < TELL_EVERY then return end
  job.told = now()
  local counts = store.counts(job.db, job.run.id)
  local notes = {}
  if counts.conflicts > 0 then notes[1] = counts.conflicts .. " conflicts" end
  if counts.errors > 0 then notes[#notes + 1] = counts.errors .. " rows failed" end
  if state and state ~= "" then notes[#notes + 1] = state end
  native.log.progress(job.target.name, counts.rows, math.max(job.run.total, counts.rows), table.concat(notes, ", "))
end

-- What other terminals have asked for, and whether the database has to be spared: why to wait, or nil.
local function reason_to_wait(job)
  if now() - job.looked < LOOK_EVERY then return job.held end
  job.looked, job.held = now(), nil
  ranges.beat(job)
  local run = store.row(job.db, "SELECT state, paused FROM {runs} WHERE id = $1", job.run.id)
  if run.state ~= "running" then
    raise { kind = "interrupted", message = ("%s was ended from elsewhere: it is %s"):format(runs.name_of(job.run), run.state) }
  end
  if run.paused ~= "" then
    job.held = "paused by " .. run.paused
  else
    job.held = job.throttled()
  end
  return job.held
end

local function wait_while_held(job)
  local said
  while true do
    local reason = reason_to_wait(job)
    if not reason then return end
    if reason ~= said then native.log.log("info", ("%s: waiting, %s"):format(job.target.name, reason)) end
    said = reason
    tell(job, reason)
    native.host.sleep(200)
  end
end

-- The next batch is as large as fits into the time that one may take.
local function adapt(job, ms, rows)
  if not ms or rows == 0 then return end
  local fitting = job.size * job.settings.longest / math.max(ms, 1)
  job.size = math.max(1, math.min(job.settings.batch, job.size * 2, math.floor(fitting)))
end

local function committed(job, range, batch)
  range.batches = range.batches + 1
  range.images = range.images + (job.plan.images and batch.images or 0)
  if batch.last then range.at = key_values(job, batch.last) end
  adapt(job, batch.ms, batch.changed)
  tell(job)
  if job.settings.pause > 0 then native.host.sleep(job.settings.pause) end
end

local function new_batch(range) return { range = range, problems = {}, images = 0, rows = 0, changed = 0 } end

-- SQLite: batch after batch, each in one transaction.
local function work_through_sqlite(job, writer, range)
  repeat
    wait_while_held(job)
    local batch = new_batch(range)
    local began = now()
    write_sqlite.work(writer, batch, job.size)
    batch.ms = (now() - began) * 1000
    committed(job, range, batch)
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
  committed(job, batch.range, batch)
end

-- Reads and changes up to a batch of rows; false when the range has no more.
local function change_batch(job, range, rows, lines)
  native.data.clear_lines(lines)
  local batch = new_batch(range)
  batch.lines = lines
  local at = change_rows(job, rows, lines, batch, job.size)
  batch.rows, batch.ended = at.read, at.ended
  batch.last = at.read > 0 and key_values(job, at) or nil
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
      local reason = reason_to_wait(job)
      if reason then return reason end
    end
  end, native.host.catch)
  close_rows(job, rows)
  if not ok then native.host.rethrow(held) end
  return held
end

local function work_through_postgres(job, _, range)
  while stream_postgres(job, range) do
    finish_write(job)
    wait_while_held(job)
  end
end

local function check_workers(job)
  for i = #job.workers, 1, -1 do
    local code, said = native.data.worker_end(job.workers[i])
    if code then
      table.remove(job.workers, i)
      if code ~= 0 then
        native.log.log("warn", ("a worker ended with code %d: %s"):format(code, (said:match("[^\n]*"))))
      end
    end
  end
end

-- Claims and works until nothing of the run is left, whoever did it.
local function work(job)
  local work_through = job.db.engine == "sqlite" and work_through_sqlite or work_through_postgres
  while true do
    wait_while_held(job)
    local range = ranges.claim(job)
    check_workers(job)
    if range then
      work_through(job, job.writing, range)
    else
      finish_write(job)
      if ranges.finish(job) then return end
      tell(job)
      native.host.sleep(50)
    end
  end
end

local function close(job)
  if job.db.engine == "sqlite" then return end
  native.db.close(job.reader)
  native.db.close(job.writer)
end

-- Ends the batch under way; its fate is the range's checkpoint, whatever this process learns of it.
local function abandon(job)
  local batch = job.in_flight
  if batch and batch.under_way then pcall(native.data.finish, batch.under_way) end
end

local function open(job)
  if job.db.engine == "sqlite" then
    job.me = ranges.worker(job.db)
    job.writing = write_sqlite.open(job)
    job.put = job.writing.put
    return
  end
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

local function start_workers(job)
  job.workers = {}
  if native.data.joins() or job.settings.workers == 1 then return end
  if job.db.engine == "sqlite" then
    native.log.log("info", "SQLite has one writer: one worker")
    return
  end
  for i = 1, job.settings.workers - 1 do
    local worker = native.data.start_worker(job.run.id)
    if not worker then return end
    job.workers[i] = worker
  end
end

local function guarded_work(job)
  native.data.at_checkpoint(true) -- after Ctrl-C nothing in Lua runs any more
  local ok, failure = xpcall(function()
    open(job)
    work(job)
  end, native.host.catch)
  if ok then
    native.data.at_checkpoint(false)
    return close(job)
  end
  abandon(job)
  pcall(close, job)
  local described = sql.described(failure)
  local kind = type(described) == "table" and described.kind
  if kind ~= "interrupted" and kind ~= "lock" and kind ~= "connect" and not native.data.joins() then
    pcall(store.set_state, job.db, job.run.id, "failed", type(described) == "table" and described.message or tostring(described))
  end
  if type(described) ~= "table" then native.host.rethrow(failure) end
  local fields = {}
  for field, value in pairs(described) do fields[field] = value end
  local known, counts = pcall(store.counts, job.db, job.run.id)
  fields.done = { known and ("run %d stands at its checkpoint: %d rows done, %d of them changed"):format(job.run.id,
    counts.rows, counts.changed) or ("run %d stands at its checkpoint"):format(job.run.id) }
  raise(fields)
end

local function check_expected(job, counts)
  local min = job.settings.expect.min
  if not min or counts.changed >= min then return end
  raise { kind = "verify", message = ("%s: %d rows changed, expect.min = %d"):format(job.target.name, counts.changed, min),
    next = { ("tide undo %d   restores them"):format(job.run.id) } }
end

local function summarize(job, began)
  local counts = store.counts(job.db, job.run.id)
  local facts = { ("%d of %d rows changed"):format(counts.changed, counts.rows) }
  if counts.conflicts > 0 then
    facts[#facts + 1] = ("%d met a change by others and were changed anew"):format(counts.conflicts)
  end
  if counts.errors > 0 then facts[#facts + 1] = ("%d failed: tide runs %d names them"):format(counts.errors, job.run.id) end
  facts[#facts + 1] = ("%.1f s"):format(now() - began)
  if job.plan.images then facts[#facts + 1] = "tide undo " .. job.run.id .. " restores them" end
  native.log.log("info", ("%s: %s"):format(job.target.name, table.concat(facts, ", ")))
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

local function refuse_transaction(db, caller)
  if caller.direction == "verify" then raise { kind = "usage", message = "data.transform changes rows: it belongs into `up`" } end
  if caller.direction ~= "run" and caller.transaction then
    raise { kind = "config", message = "data.transform commits batch by batch: the migration needs transaction = false",
      file = caller.file }
  end
  if native.inputs.dry_run() or native.data.joins() then return end
  if native.db.transaction_state(db) ~= "idle" then
    raise { kind = "usage", message = "data.transform commits batch by batch: it cannot run inside db:transaction" }
  end
end

local function join(db, caller, options)
  if native.db.transaction_state(db) ~= "idle" then native.db.rollback(db) end
  local id = native.data.joins()
  local found = store.get(db, id)
  if found.script ~= caller.script or found.call ~= caller.call then return false end
  local settings = plan.check(options)
  local made = plan.make(db, options)
  local job = new_job(db, made, settings, options)
  job.run, job.workers, job.throttled = runs.join(db, id, caller, made), {}, throttle.new(db, options.throttle)
  guarded_work(job)
  native.data.work_done()
end

function transform.run(db, options)
  local caller = runs.caller()
  refuse_transaction(db, caller)
  if native.data.joins() then return join(db, caller, options) end
  local settings = plan.check(options)
  local made = plan.make(db, options)
  settings.total = estimate(db, made.target, options.where)
  local job = new_job(db, made, settings, options)
  if native.inputs.dry_run() then return preview.show(job, settings.total) end
  store.ensure(db)
  local found, how = runs.begin(db, "transform", caller, made, settings, engine_of(db).create_images)
  job.run = found
  if how == "skip" then
    native.log.log("info", ("%s: done already by run %d"):format(made.target.name, found.id))
    return { run = found.id }
  end
  if how == "go on" then native.log.log("info", runs.name_of(found) .. " goes on at its checkpoint") end
  local began = now()
  job.throttled = throttle.new(db, options.throttle)
  if how == "new" then check_before(job) end
  job.range_rows = math.max(1000, math.min(RANGE_ROWS, math.ceil(settings.total / (settings.workers * 8))))
  start_workers(job)
  guarded_work(job)
  tell(job, "")
  local summary = summarize(job, began)
  check_expected(job, summary)
  return summary
end

return transform
