-- What all kinds of fixes share: a job claims ranges until nothing of its run is left, waits where it has to, tells how far
-- it is, and says which row it was when something fails.
local native = ...

local changes = native.changes
local keys = require "tide.data.keys"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local targets = require "tide.data.target"
local throttle = require "tide.data.throttle"

local raise = native.host.raise

local LEAST_TO_SHARE = 2000 -- rows: fewer are done before another process has begun
local TELL_EVERY, LOOK_EVERY, NOTE_EVERY = 0.25, 1, 5 -- seconds

local work = {}

local function now() return native.time.monotonic() end
work.now = now

-- What was raised, said of a row, with the place and everything else that is known.
local function raise_of_row(name, failure)
  local fields = { kind = "lua" }
  if type(failure) == "table" then
    for field, value in pairs(failure) do fields[field] = value end
  end
  fields.message = ("%s: %s"):format(name, type(failure) == "table" and failure.message or tostring(failure))
  raise(fields)
end

function work.key_values(job, at)
  local values = {}
  for i in ipairs(job.target.key) do values[i] = at[i] end
  return values
end

-- Collected, up to the limit, or raised.
function work.row_failed(job, values, failure, batch)
  local described = sql.described(failure)
  local name = job.row_name(values)
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
function work.change_rows(job, rows, sink, batch, limit)
  local at = { read = 0, changed = 0, limit = limit }
  batch.at = at
  while true do
    local ok, failure = changes.run(job.loop, rows, job.skip, job.Row, job.change, job.put, sink, at)
    if ok then return at end
    if not at.row then native.host.rethrow(failure) end
    work.row_failed(job, work.key_values(job, at), failure, batch)
  end
end

-- How many rows there are to read, about.
function work.estimate(db, target, where)
  local from = target.only .. target.sql .. " AS " .. target.alias .. (where and " WHERE (" .. where .. "\n)" or "")
  if db.engine == "postgres" and target.estimate >= 200000 then
    local text = sql.value(db, "EXPLAIN (FORMAT JSON) SELECT 1 FROM " .. from)
    return json.decode(text)[1].Plan["Plan Rows"]
  end
  return sql.value(db, "SELECT count(*) FROM " .. from)
end

-- How far the run is, as far as all its workers have come. `waiting` is why this one waits.
function work.tell(job, waiting, ended)
  if not waiting and not ended and now() - job.told < TELL_EVERY then return end
  job.told = now()
  local counts = store.counts(job.db, job.run.id)
  local notes = {}
  if counts.conflicts > 0 then notes[1] = counts.conflicts .. " conflicts" end
  if counts.errors > 0 then notes[#notes + 1] = counts.errors .. " rows failed" end
  if waiting then notes[#notes + 1] = "waiting: " .. waiting end
  local total = ended and counts.rows or math.max(job.run.total, counts.rows)
  native.log.progress(job.target.name, counts.rows, total, table.concat(notes, ", "), "run", job.run.id, "rows", counts.rows,
    "changed", counts.changed, "conflicts", counts.conflicts, "errors", counts.errors, "waiting", waiting or null)
end

local function ended_elsewhere(job, state)
  raise { kind = "interrupted", message = ("%s was ended from elsewhere: it is %s"):format(runs.name_of(job.run), state) }
end

-- A worker that another process of this machine has started ends with it: nobody else would know that it goes on.
local function end_with_master()
  local master = native.data.joins() and native.inputs.variable "TIDE_WORKER_OF"
  if master and not native.data.alive(master) then
    raise { kind = "interrupted", message = "the process that has started this worker is gone" }
  end
end

-- What other terminals have asked for, and whether the database has to be spared: why to wait, and for which option of
-- `throttle`, or nil.
function work.reason_to_wait(job)
  if now() - job.looked < job.look_every then return job.held, job.held_by end
  end_with_master()
  ranges.beat(job)
  local run = store.row(job.db, "SELECT state, paused FROM {runs} WHERE id = $1", job.run.id)
  if run.state ~= "running" and run.state ~= "done" then ended_elsewhere(job, run.state) end
  local began = now()
  if run.paused ~= "" then
    job.held, job.held_by = "paused by " .. run.paused, "pause"
  else
    job.held, job.held_by = job.throttled()
  end
  job.looked = now()
  job.look_every = math.max(LOOK_EVERY, (job.looked - began) * 4) -- a slow answer is not asked for all the time
  return job.held, job.held_by
end

-- What `tide runs` shows.
local function note_waiting(job, reason)
  store.execute(job.db, "UPDATE {runs} SET waiting = $2 WHERE id = $1", job.run.id, reason)
end

local function give_up(job, reason)
  raise { kind = "lock", message = ("%s: throttle.max_wait has passed: %s"):format(job.target.name, reason),
    next = { "tide runs " .. job.run.id } }
end

function work.wait_while_held(job)
  local began, said, noted
  while true do
    local reason, by = work.reason_to_wait(job)
    if not reason then break end
    began = began or now()
    if by ~= said then native.log.log("info", ("%s: waiting, %s"):format(job.target.name, reason)) end
    if by ~= said or now() - noted > NOTE_EVERY then
      note_waiting(job, reason)
      noted = now()
    end
    said = by
    if by == "pause" then began = now() end
    if job.longest_wait and now() - began > job.longest_wait then give_up(job, reason) end
    work.tell(job, reason)
    native.host.sleep(200)
  end
  if not said then return end
  note_waiting(job, "")
  native.log.log("info", job.target.name .. ": goes on")
end

-- The next batch is as large as fits into the time that one may take.
local function adapt(job, batch)
  if not batch.ms or batch.changed == 0 then return end
  local fitting = batch.rows * job.settings.longest / math.max(batch.ms, 1)
  job.size = math.max(1, math.min(job.settings.batch, job.size * 2, math.floor(fitting)))
end

-- After each batch that was committed.
function work.committed(job, range, batch)
  range.batches = range.batches + 1
  range.images = range.images + (job.plan.images and batch.images or 0)
  job.attempts = 0
  if batch.last then range.at = work.key_values(job, batch.last) end
  adapt(job, batch)
  work.tell(job)
  if job.settings.pause > 0 then native.host.sleep(job.settings.pause) end
end

function work.new_batch(range) return { range = range, problems = {}, images = 0, rows = 0, changed = 0, conflicts = 0 } end

-- Refuses to go beyond expect.max, with the run's own count, whoever else works on it.
function work.limit_step(job, changed)
  local step = store.step(job.db, "UPDATE {runs} SET changed = changed + $2 WHERE id = $1 AND changed + $2 <= $3", job.run.id,
    changed, job.max)
  step.rows = 1
  return step
end

-- The statements that keep the rows that failed.
function work.problem_steps(job, batch)
  local steps = {}
  for i, problem in ipairs(batch.problems) do
    steps[i] = store.step(job.db, "INSERT INTO {errors} VALUES ($1, $2, $3)", job.run.id, problem.key, problem.message)
  end
  return steps
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
local function work_off(job)
  while true do
    work.wait_while_held(job)
    local range = ranges.claim(job)
    check_workers(job)
    if range then
      job.through(range)
    else
      job.drain()
      if ranges.finish(job) then return end
      work.tell(job)
      native.host.sleep(50)
    end
  end
end

function work.start_workers(job)
  job.workers = {}
  if native.data.joins() or job.settings.workers == 1 or job.run.total < LEAST_TO_SHARE then return end
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

-- Does the work of this process on the run. `job.open`, `job.through(range)`, `job.drain`, `job.abandon` and `job.close` are
-- what the kinds differ in.
function work.run(job)
  native.data.at_checkpoint(true) -- after Ctrl-C nothing in Lua runs any more
  local ok, failure = xpcall(function()
    job.open()
    work_off(job)
  end, native.host.catch)
  if ok then
    native.data.at_checkpoint(false)
    return job.close()
  end
  job.abandon()
  pcall(job.close)
  if job.me then pcall(ranges.release, job) end
  local described = sql.described(failure)
  local kind = type(described) == "table" and described.kind
  if kind ~= "interrupted" and kind ~= "lock" and kind ~= "connect" and not native.data.joins() then
    pcall(store.set_failed, job.db, job.run.id, type(described) == "table" and described.message or tostring(described))
  end
  if type(described) ~= "table" then native.host.rethrow(failure) end
  local fields = {}
  for field, value in pairs(described) do fields[field] = value end
  local known, counts = pcall(store.counts, job.db, job.run.id)
  fields.done = { known and ("run %d stands at its checkpoint: %d rows done, %d of them changed"):format(job.run.id,
    counts.rows, counts.changed) or ("run %d stands at its checkpoint"):format(job.run.id) }
  raise(fields)
end

-- The common part of a job; `names` are the columns of a row.
function work.new_job(db, kind, made, settings, options)
  local job = {
    db = db, kind = kind, target = made.target, plan = made, settings = settings, where = options.where, errors = 0, told = 0,
    looked = 0, look_every = 0, longest_wait = throttle.longest_wait(options.throttle), attempts = 0,
    workers = {}, max = settings.expect and settings.expect.max,
    keyed = { db = db, target = made.target }, -- where the rows are found by their keys
  }
  local names = {}
  for i, column in ipairs(made.visible) do names[i] = column.name end
  job.Row = changes.row_type(made.target.name, names)
  job.loop = changes.compile(made.roles, #keys.blobs(made.target))
  job.change_rows = function(...) return work.change_rows(job, ...) end
  job.row_failed = function(...) return work.row_failed(job, ...) end
  job.row_name = function(values) return targets.row_name(job.target, values) end
  job.refuse_beyond = function()
    raise { kind = "verify", message = ("%s: more rows would change than expect.max = %d: stopped before the batch that "
      .. "goes beyond"):format(made.target.name, job.max) }
  end
  job.waiting = function(text) native.log.log("info", made.target.name .. ": " .. text) end
  return job
end

local function nothing() end

-- Refuses to commit batch by batch inside somebody else's transaction.
function work.enter(db, caller, name)
  if native.numeric.type(db) ~= "userdata" then
    raise { kind = "usage", message = ("%s takes db, then its options: %s(db, { ... })"):format(name, name) }
  end
  if caller.direction == "verify" then raise { kind = "usage", message = name .. " changes rows: it belongs into `up`" } end
  if caller.direction ~= "run" and caller.transaction then
    raise { kind = "config", message = name .. " commits batch by batch: the migration needs transaction = false",
      file = caller.file }
  end
  if native.inputs.dry_run() then return end
  if native.data.joins() then -- up to here a worker may only read: see Engine::join
    return native.db.rollback(db)
  end
  if native.db.transaction_state(db) ~= "idle" then
    raise { kind = "usage", message = name .. " commits batch by batch: it cannot run inside db:transaction" }
  end
end

-- Runs a job from its start or its checkpoint to its end, or joins it where this process is a worker of it. `begin` has
-- create_images(db, plan) and check(job) for a new run, `alone`, why no other worker can join, and summarize(job, seconds),
-- which makes the result; the result of a run that was done before is { run = } only.
function work.begin(job, caller, begin)
  if native.data.joins() then
    local found = store.get(job.db, native.data.joins())
    if found.script ~= caller.script or found.call ~= caller.call then return nil end
    if begin.alone then
      raise { kind = "usage", message = ("%s cannot be joined: %s"):format(runs.name_of(found), begin.alone) }
    end
    job.run = runs.join(job.db, found.id, caller, job.plan)
    work.run(job)
    native.data.work_done()
  end
  store.ensure(job.db)
  local found, how = runs.begin(job.db, job.kind, caller, job.plan, job.settings, begin.create_images or nothing)
  job.run = found
  if how == "skip" then
    native.log.log("info", ("%s: done already by run %d"):format(job.target.name, found.id))
    return { run = found.id }
  end
  if how == "go on" then native.log.log("info", runs.name_of(found) .. " goes on at its checkpoint") end
  if job.target.children then
    native.log.log("warn", ("%s: the rows of the tables that inherit from it (%s) are not touched: a key holds for one table")
      :format(job.target.name, job.target.children))
  end
  -- one that was stopped before its first batch may not have been checked
  if begin.check and (how == "new" or store.counts(job.db, found.id).rows == 0) then begin.check(job) end
  local began = now()
  work.start_workers(job)
  work.run(job)
  work.tell(job, nil, true)
  return begin.summarize(job, now() - began)
end

return work
