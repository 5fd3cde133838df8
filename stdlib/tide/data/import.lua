-- data.import_csv: the rows of a file into a table. The file is one range of its run; the checkpoint is a place in it.
local native = ...

local import_plan = require "tide.data.import_plan"
local import_preview = require "tide.data.import_preview"
local import_read = require "tide.data.import_read"
local import_sql = require "tide.data.import_sql"
local import_write = require "tide.data.import_write"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"

local import = {}

local raise = native.host.raise

local FIRST_BATCH = 500

local function finish(job)
  local batch = job.in_flight
  if not batch then return end
  job.in_flight = nil
  import_write.finish(job.writing, batch)
  local totals = batch.range.totals
  totals.inserted, totals.updated = totals.inserted + batch.inserted, totals.updated + batch.updated
  work.committed(job, batch.range, { images = batch.images, ms = batch.ms, rows = batch.rows, changed = batch.rows })
end

-- PostgreSQL writes one batch while the next one is read and changed.
local function through(job, range)
  import_read.go_to_checkpoint(job, range)
  local turn, ended = 1, false
  while not ended do
    if work.reason_to_wait(job) then
      finish(job)
      work.wait_while_held(job)
    end
    local ok, batch = xpcall(import_read.batch, native.host.catch, job, range, job.writing.sets[turn])
    finish(job)
    if not ok then native.host.rethrow(batch) end
    job.in_flight, ended, turn = batch, batch.ended, 3 - turn
    import_write.start(job.writing, batch)
  end
  finish(job)
end

local function open(job)
  local session = job.db
  if job.db.engine == "postgres" then
    session = native.data.another(job.db)
    local path = sql.value(job.db, "SELECT current_setting('search_path')")
    sql.query(session, "SELECT set_config('search_path', $1, false), set_config('application_name', $2, false)", path,
      "tide run " .. job.run.id)
  end
  job.me = ranges.worker(job.db, session)
  job.preview = false
  job.writing = import_write.open(job, session)
end

local function close(job)
  if not job.writing then return end
  import_write.close(job.writing)
  if job.db.engine == "postgres" then native.db.close(job.writing.db) end
end

local function new_job(db, made, settings, options)
  local job = work.new_job(db, "import", made, settings, options)
  job.whole, job.size, job.change, job.first_size = true, math.min(settings.batch, FIRST_BATCH), options.change, FIRST_BATCH
  job.throttled = throttle.new(db, options.throttle)
  job.row_name = function(line) return made.file .. ":" .. line end
  job.open = function() open(job) end
  job.through = function(range) through(job, range) end
  job.drain = function() finish(job) end
  job.abandon = function()
    if job.in_flight and job.in_flight.under_way then pcall(native.data.finish, job.in_flight.under_way) end
  end
  job.close = function() close(job) end
  import_read.open(job)
  return job
end

-- A file that is another one than that of the run which is not finished: no place in it means anything.
local function refuse_other_file(db, caller, made)
  if not store.exists(db) then return end
  local found = store.latest(db, caller.script, caller.call)
  if not found or found.kind ~= "import" or (found.state ~= "running" and found.state ~= "failed") then return end
  local was = json.decode(found.spec)
  if was.file ~= made.file or was.sha256 == made.sha256 or store.counts(db, found.id).rows == 0 then return end
  raise {
    kind = "history", message = ("%s has changed since %s began: it had %d bytes (SHA-256 %s...), and has %d (%s...): put it "
      .. "back to go on"):format(made.file, runs.name_of(found), was.bytes, was.sha256:sub(1, 12), made.bytes,
      made.sha256:sub(1, 12)),
    next = { ("tide undo %d   restores what it has changed"):format(found.id),
      ("tide runs --abandon %d   leaves everything as it is"):format(found.id) },
  }
end

-- A row that is given its number does not move the sequence that other rows get theirs from.
local function move_sequences(job)
  if job.db.engine == "sqlite" then return end
  for _, column in ipairs(job.plan.visible) do
    local name = sql.value(job.db, "SELECT pg_get_serial_sequence($1, $2)", job.target.sql, column.name)
    local moved = name and sql.value(job.db, ("SELECT setval($1, m.most) FROM (SELECT max(%s) AS most FROM %s) AS m, %s AS s "
      .. "WHERE m.most > s.last_value"):format(column.sql, job.target.sql, name), name)
    if moved then native.log.log("info", ("%s: the sequence of %s goes on behind %s"):format(job.target.name, column.name,
      tostring(moved))) end
  end
end

local function totals_of(job)
  local position = store.value(job.db, "SELECT position FROM {ranges} WHERE run = $1 AND id = 1", job.run.id)
  return json.decode(position)
end

local function check_least(job, changed)
  local min = job.settings.expect.min
  if not min or changed >= min then return end
  raise { kind = "verify", message = ("%s: %d rows were written, expect.min = %d"):format(job.target.name, changed, min),
    next = { ("tide undo %d   restores them"):format(job.run.id) } }
end

local function summarize(job, seconds)
  local counts, totals = store.counts(job.db, job.run.id), totals_of(job)
  if totals.inserted > 0 then move_sequences(job) end
  local left = counts.rows - totals.inserted - totals.updated - counts.errors
  local facts = { ("%d inserted, %d updated, %d left as they are"):format(totals.inserted, totals.updated, left) }
  if counts.errors > 0 then facts[2] = ("%d failed: tide runs %d names them"):format(counts.errors, job.run.id) end
  facts[#facts + 1] = ("%.1f s"):format(seconds)
  if job.plan.images then facts[#facts + 1] = "tide undo " .. job.run.id .. " restores them" end
  native.log.log("info", ("%s -> %s: %d rows: %s"):format(job.plan.file, job.target.name, counts.rows,
    table.concat(facts, ", ")))
  check_least(job, counts.changed)
  return { run = job.run.id, rows = counts.rows, inserted = totals.inserted, updated = totals.updated, left = left,
    errors = counts.errors, file = job.plan.file, bytes = job.plan.bytes, sha256 = job.plan.sha256 }
end

local function check_before(job)
  local ok, failure = xpcall(import_preview.check_expected, native.host.catch, job)
  if ok then return end
  store.abandon(job.db, job.run.id)
  native.host.rethrow(failure)
end

local function create_images(db, made)
  for _, text in ipairs(import_sql.create_images(db, made)) do sql.execute(db, text) end
end

function import.run(db, options)
  local caller = runs.caller()
  work.enter(db, caller, "data.import_csv")
  local settings = import_plan.check(options)
  local made = import_plan.make(db, options, settings)
  settings.total = made.rows
  local job = new_job(db, made, settings, options)
  if native.inputs.dry_run() then return import_preview.show(job) end
  refuse_other_file(db, caller, made)
  return work.begin(job, caller, { create_images = create_images, check = check_before, summarize = summarize })
end

return import
