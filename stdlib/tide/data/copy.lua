-- data.copy: the rows of a table into another one, of this database or from another. They are read in the order of their
-- key and written in batches, each a transaction of the target with its checkpoint in it.
local native = ...

local again = require "tide.data.again"
local arrivals = require "tide.data.arrivals"
local compare = require "tide.data.compare"
local describe = require "tide.data.target"
local expression = require "tide.data.expression"
local keys = require "tide.data.keys"
local pairing = require "tide.data.pairing"
local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sequences = require "tide.data.sequences"
local sessions = require "tide.data.sessions"
local settings = require "tide.data.settings"
local sql = require "tide.data.sql"
local statement = require "tide.data.statement"
local store = require "tide.data.store"
local throttle = require "tide.data.throttle"
local work = require "tide.data.work"

local copy = {}

local raise = native.host.raise

local FIRST_BATCH = 500

local KIND = {
  call = "data.copy", batch = 10000,
  fields = {
    from = "string|userdata", table = "string", to = "string", columns = "table", where = "string", key = "table|string",
    on_conflict = "string", compare = "boolean", batch = "number", pause = "string|number", expect = "table",
    throttle = "table",
  },
}

local function usage(message) raise { kind = "usage", message = message } end

local function check(options)
  local checked = settings.check(KIND, options)
  local choice = options.on_conflict
  if choice and choice ~= "skip" and choice ~= "replace" then
    usage(('data.copy: on_conflict is "skip" or "replace", not "%s"'):format(choice))
  end
  if not options.from and not options.to then
    usage "data.copy needs `from`, the database that is copied from, or `to`, another table of this one"
  end
  return checked
end

-- { from =, to =, pairs =, same = }: the two sides, each { db =, target = }.
local function sides(db, options)
  local origin = options.from and sessions.open(options.from, "tide data.copy") or db
  local same = sessions.same_database(origin, db)
  local from = { db = same and db or origin, target = describe.describe(origin, options.table, options.key) }
  local to = { db = db, target = describe.table(db, options.to or options.table) }
  if same and from.target.sql == to.target.sql then
    usage(("data.copy: %s would be copied into itself"):format(from.target.name))
  end
  from.target.shown, to.target.shown = from.target.name .. " of the source", to.target.name .. " of the target"
  local made = { from = from, to = to, pairs = pairing.make(from, to, options.columns), same = same }
  to.target.key = pairing.key_of(from.target, made.pairs)
  if same and origin ~= db and origin ~= options.from then native.db.close(origin) end
  return made
end

-- The key has to be unique in the target too, where rows are found by it.
local function check_conflict(db, made, choice)
  if not choice then return end
  describe.describe(db, made.to.target.sql, describe.names(made.to.target.key))
end

local function outline(made, options)
  local from = made.from
  return json.encode {
    from = made.same and "" or from.db.engine .. " " .. from.db.name, table = from.target.sql, to = made.to.target.sql,
    columns = pairing.pick(made.pairs, "from", "name"), key = describe.names(from.target.key), where = options.where,
    on_conflict = options.on_conflict,
  }
end

local function count_source(made, options, exactly)
  local from = made.from
  if not exactly then return work.estimate(from.db, from.target, options.where) end
  return sql.value(from.db, ("SELECT count(*) FROM %s%s AS %s%s"):format(from.target.only, from.target.sql, from.target.alias,
    options.where and " WHERE (" .. options.where .. "\n)" or ""))
end

local function refuse_filled(made, options)
  if options.on_conflict then return end
  if #sql.query(made.to.db, "SELECT 1 FROM " .. made.to.target.sql .. " LIMIT 1") == 0 then return end
  raise { kind = "verify", message = made.to.target.shown .. " is not empty: nothing was copied", next = {
    'on_conflict = "skip"      leaves the rows that are there by their key, and copies the others',
    'on_conflict = "replace"   writes the source\'s rows over them' } }
end

local function check_before(made, options, checked)
  refuse_filled(made, options)
  statement.refuse_unexpected(made.from.target.shown, checked.total, checked.expect)
end

-- The rows behind the checkpoint. On SQLite no more than a batch: what is being read keeps others from writing. On
-- PostgreSQL by the index of the key, not sorted as a whole before the first one comes.
local function open_rows(job, range)
  local from = job.from
  local where, values = keys.between(from.db, from.target, job.where, range.at, nil)
  local text = ("SELECT %s FROM %s%s AS %s%s ORDER BY %s"):format(table.concat(pairing.pick(job.pairs, "from", "full"), ", "),
    from.target.only, from.target.sql, from.target.alias, where, keys.order(from.target))
  if from.db.engine == "sqlite" then
    text = text .. " LIMIT " .. job.size
  else
    sessions.begin_snapshot(from.db)
    sql.execute(from.db, "SET LOCAL enable_sort = off")
  end
  job.rows, job.asked = native.db.stream(from.db, text, unpack(values, 1, #values)), job.size
end

local function close_rows(job)
  if not job.rows then return end
  pcall(native.db.close_rows, job.rows)
  job.rows = nil
  if job.from.db.engine == "postgres" then sessions.rollback(job.from.db) end
end

-- A batch of what was read: `count` rows up to `key`, `at_end` of the cursor.
local function new_batch(job, range, count, at_end, key)
  local batch = work.new_batch(range)
  batch.rows, batch.changed = count, count
  batch.ended = at_end and (job.from.db.engine == "postgres" or count < job.asked)
  batch.position = #key > 0 and json.encode(key) or nil
  return batch
end

local function checkpoint(job, batch)
  return ranges.checkpoint(job, batch.range, batch, nil, batch.ended)
end

local function committed(job, batch)
  batch.range.ended = batch.ended
  if batch.position then batch.range.at = keys.decode(job.from.db, batch.position) end
  work.committed(job, batch.range, batch)
end

local function is_sqlite_source(job) return job.from.db.engine == "sqlite" end

-- One batch, within one transaction from its start: where the target is SQLite, or has rows already.
local function write_inside(job, range)
  local batch
  local began = work.now()
  sql.transaction(job.place.db, function()
    if not job.rows then open_rows(job, range) end
    local sums = job.place.conflict and pairing.sums(job.from.target, job.pairs, 1)
    local count, at_end, key = arrivals.take(job.place, job.rows, job.size, is_sqlite_source(job), sums)
    batch = new_batch(job, range, count, at_end, key)
    job.check_arrived(count, sums)
    local step = checkpoint(job, batch)
    if sql.execute(job.place.db, unpack(step, 1, step.n + 1)) ~= 1 then ranges.lost(job, range) end
  end)
  batch.ms = (work.now() - began) * 1000
  if is_sqlite_source(job) or batch.ended then close_rows(job) end
  committed(job, batch)
  return batch.ended
end

local function stretch_inside(job, range)
  repeat
    if write_inside(job, range) then return true end
  until work.reason_to_wait(job)
  return false
end

-- PostgreSQL: while one batch is written, the next one is read.
local function finish_write(job)
  local batch = job.in_flight
  if not batch then return end
  job.in_flight = nil
  local counts, at = native.data.finish(batch.under_way)
  if not counts and at == batch.checkpoint then ranges.lost(job, batch.range) end
  if not counts then arrivals.held_back(job.place, 0, batch.rows) end
  batch.ms = at
  committed(job, batch)
end

local function start_write(job, batch, lines)
  local steps = arrivals.steps(job.place, batch.rows)
  steps[#steps + 1] = checkpoint(job, batch)
  batch.checkpoint = #steps
  batch.under_way = native.data.start(job.place.db, steps, lines, 0, batch.rows)
  job.in_flight = batch
end

local function stretch_behind(job, range)
  repeat
    if not job.rows then open_rows(job, range) end
    job.turn = 3 - job.turn
    local lines = job.place.lines[job.turn]
    local batch = new_batch(job, range, arrivals.fill(job.place, lines, job.rows, job.size, is_sqlite_source(job)))
    if is_sqlite_source(job) or batch.ended then close_rows(job) end
    finish_write(job)
    start_write(job, batch, lines)
    if is_sqlite_source(job) then finish_write(job) end -- the next batch is read from behind the checkpoint
  until batch.ended or work.reason_to_wait(job)
  finish_write(job)
  return range.ended
end

local function through(job, range)
  repeat
    work.wait_while_held(job)
    local ok, ended = xpcall(job.stretch, native.host.catch, job, range)
    close_rows(job)
    if not ok then
      finish_write(job)
      again.recover(job, range, ended)
    end
  until ok and ended
end

-- When every row is there.
local function conclude(job)
  if job.concluded then return end
  sequences.set_behind(job.db, job.target, job.pairs)
  if job.compares then
    local from, to = job.from, { db = job.place.db, target = job.target }
    pairing.warn_of_ignored(job.target.name, job.pairs)
    work.tell(job, "comparing")
    local differs = compare.tables(from, to, job.pairs, job.where)
    if differs then
      raise { kind = "verify", message = ("the copy differs: %s"):format(differs), next = {
        "run the script again to compare again; rows that changed after they were copied differ, too",
        ("tide runs --abandon %d   ends this run; a new one goes by on_conflict"):format(job.run.id) } }
    end
  end
  job.concluded = true
end

-- With rows there already only those of the batch can be compared, in its transaction.
local function check_arrived(job, count, sums)
  if not job.place.conflict or count == 0 then return end
  local there = job.place.conflict == "skip" and arrivals.are_known(job.place, count)
    or job.place.conflict == "replace" and arrivals.are_there(job.place, sums)
  if there then return end
  again.doubt(job, "what is in " .. job.target.shown .. " is not what was copied into it")
end

local function open(job, made, options)
  local name = "tide run " .. job.run.id
  if made.same and job.db.engine == "postgres" then job.from.db = sessions.beside(job.db, name) end
  job.keyed = job.from
  local writer = job.db.engine == "postgres" and sessions.beside(job.db, name) or job.db
  job.me = ranges.worker(job.db, writer)
  job.place = arrivals.new({ db = writer, target = job.target }, job.from.target, made.pairs, options.on_conflict)
  local behind = writer.engine == "postgres" and not options.on_conflict
  job.stretch, job.turn = behind and stretch_behind or stretch_inside, 1
end

local function close(job)
  if not job.place then return end
  close_rows(job)
  arrivals.close(job.place)
  for _, session in ipairs { job.from.db, job.place.db } do
    if session ~= job.db then native.db.close(session) end
  end
end

local function summarize(job, seconds)
  local counts = store.counts(job.db, job.run.id)
  native.log.log("info", ("%s: %d rows copied into %s%s, %.1f s"):format(job.from.target.name, counts.rows, job.target.name,
    job.compares and ", counts and checksums are equal" or "", seconds))
  return { run = job.run.id, rows = counts.rows, compared = job.compares }
end

local function new_job(db, made, checked, options)
  local plan = { target = made.to.target, visible = {}, roles = {}, keeps_images = false, outline = outline(made, options) }
  local job = work.new_job(db, "copy", plan, checked, options)
  job.whole = true
  job.max = nil -- counted before the first row
  job.from, job.pairs, job.size = made.from, made.pairs, math.min(checked.batch, FIRST_BATCH)
  job.compares = options.compare ~= false and not options.on_conflict
  job.throttled = throttle.new(db, options.throttle)
  job.open = function() open(job, made, options) end
  job.through = function(range) through(job, range) end
  job.check_arrived = function(count, sums) check_arrived(job, count, sums) end
  job.drain = function() conclude(job) end
  job.abandon = function()
    if job.in_flight then pcall(native.data.finish, job.in_flight.under_way) end
  end
  job.close = function() close(job) end
  return job
end

local function preview(made, checked)
  native.log.print(("%s: %d rows would be copied into %s"):format(made.from.target.shown, checked.total, made.to.target.shown))
  return { rows = checked.total }
end

function copy.run(db, options)
  local caller = runs.caller()
  work.enter(db, caller, "data.copy")
  local checked = check(options)
  local made = sides(db, options)
  expression.check(made.from.db, made.from.target, options.where, {}, "data.copy")
  check_conflict(db, made, options.on_conflict)
  local dry = native.inputs.dry_run()
  checked.total = count_source(made, options, dry or next(checked.expect) ~= nil)
  if dry then
    check_before(made, options, checked)
    return preview(made, checked)
  end
  local job = new_job(db, made, checked, options)
  return work.begin(job, caller, {
    alone = "data.copy reads in the order of the key, one batch after the other",
    check = function()
      local ok, failure = xpcall(check_before, native.host.catch, made, options, checked)
      if ok then return end
      store.abandon(db, job.run.id)
      native.host.rethrow(failure)
    end,
    summarize = summarize,
  })
end

return copy
