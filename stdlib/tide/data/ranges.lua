-- How workers share a run: the run hands out ranges of keys, one after the other. A range belongs to one worker until it
-- is done, or until that worker is gone; then another one takes it on at its checkpoint.
local native = ...

local keys = require "tide.data.keys"
local sql = require "tide.data.sql"
local store = require "tide.data.store"

local ranges = {}

-- A worker that has a session and says nothing: its machine may have vanished without a word, or it was stopped. One that
-- calls a script's function with side effects may be in the midst of it.
local SILENT_MS = 600000

-- Who this worker is: `owner` for people and to know oneself again, `session` for the server to say whether it is gone.
function ranges.worker(db, writer)
  local who, host, process = native.data.who()
  local worker = { who = who, host = host, process = process, owner = host .. " " .. process, session = "" }
  if db.engine == "postgres" and not native.data.pooled(writer) then
    worker.session = sql.value(writer, "SELECT pid || '@' || extract(epoch FROM backend_start) FROM pg_stat_activity "
      .. "WHERE pid = pg_backend_pid()")
  end
  return worker
end

-- Whether who owns `one` (with its session, and what the database says of it) is gone. Where no session tells, a process of
-- this machine says itself whether it is there.
function ranges.is_gone(one)
  local host, process = one.owner:match("^(.*) (%S+)$")
  local _, here = native.data.who()
  if one.session == "" and host == here then return not native.data.alive(process) end
  return one.gone == true or one.gone == 1
end

-- A range that nobody works on: of a worker that is gone, or of this one from an earlier attempt. The one whose last
-- batch is under way is still worked on.
local function abandoned(job)
  local busy = job.in_flight and job.in_flight.range.id or 0
  for _, range in ipairs(store.open_ranges(job.db, job.run.id)) do
    local silent = job.kind ~= "each" and range.silent_ms > SILENT_MS
    if range.id ~= busy and (range.owner == job.me.owner or silent or ranges.is_gone(range)) then
      local found = store.row(job.db, "SELECT id, low, high, position, batches, images, owner FROM {ranges} WHERE run = $1 "
        .. "AND id = $2 AND owner = $3 AND state = 'open'{skip}", job.run.id, range.id, range.owner)
      if found then return found end
    end
  end
end

local function take_on(job, range)
  store.execute(job.db, "UPDATE {ranges} SET owner = $3, session = $4, heartbeat = {now} WHERE run = $1 AND id = $2",
    job.run.id, range.id, job.me.owner, job.me.session)
  if range.owner ~= job.me.owner and range.owner ~= "" then
    native.log.log("info", ("range %d of run %d is taken on: %s has gone"):format(range.id, job.run.id, range.owner))
  end
  return range
end

-- The key that ends a range of `rows` rows behind `low`; nil when there are not so many. Only that row's key is encoded.
local function find_end(job, low)
  local where, values = keys.between(job.db, job.target, nil, low, nil)
  local text = ("SELECT %s FROM (SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT 1 OFFSET %d) AS %s"):format(
    keys.encoded(job.db, job.target), keys.order(job.target), job.target.only, job.target.sql, job.target.alias, where,
    keys.order(job.target), job.range_rows - 1, job.target.alias)
  return sql.value(job.db, text, unpack(values, 1, #values))
end

local function hand_out(job, run)
  if run.handed_out == 1 then return nil end
  local low = run.next_key
  local high = not job.whole and find_end(job, low and keys.decode(job.db, low)) or nil
  local id = run.ranges + 1
  store.execute(job.db, "INSERT INTO {ranges} (run, id, low, high, state, owner, session, heartbeat) "
    .. "VALUES ($1, $2, $3, $4, 'open', $5, $6, {now})", job.run.id, id, low or null, high or null, job.me.owner, job.me.session)
  store.execute(job.db, "UPDATE {runs} SET next_key = $2, handed_out = $3, ranges = $4 WHERE id = $1", job.run.id,
    high or null, high and 0 or 1, id)
  return { id = id, low = low, high = high, batches = 0, images = 0 }
end

-- A range to work on; nil when there is none to be had now.
function ranges.claim(job)
  return sql.transaction(job.db, function()
    local run = store.row(job.db, "SELECT state, next_key, handed_out, ranges FROM {runs} WHERE id = $1{lock}", job.run.id)
    if run.state ~= "running" then return nil end
    local found = abandoned(job)
    local range = found and take_on(job, found) or hand_out(job, run)
    if not range then return nil end
    local from = range.position or range.low
    range.at = from and keys.decode(job.keyed.db, from)
    range.until_ = range.high and keys.decode(job.keyed.db, range.high)
    return range
  end)
end

-- The step of a batch that moves the checkpoint: it affects no row when the range is not ours any more. `count.position`
-- is a text that takes the place of a key.
function ranges.checkpoint(job, range, count, last, ended)
  local kept = last and keys.encoded(job.db, job.target, keys.parameters(job.db, job.target, 11, last)) or "position"
  local values, n = last or {}, last and #job.target.key or 0
  if count.position then kept, values, n = "$11", { count.position }, 1 end
  local step = store.step(job.db, "UPDATE {ranges} SET position = " .. kept .. ", state = $5, rows = rows + $6, "
    .. "changed = changed + $7, conflicts = conflicts + $8, images = images + $9, batches = batches + 1, "
    .. "heartbeat = {now}, session = $10 WHERE run = $1 AND id = $2 AND owner = $3 AND batches = $4",
    job.run.id, range.id, job.me.owner, range.batches, ended and "done" or "open", count.rows, count.changed,
    count.conflicts, count.images, job.me.session, unpack(values, 1, n))
  step.rows = 1
  return step
end

function ranges.lost(job, range)
  native.host.raise { kind = "lock", message = ("range %d of run %d was taken on by another worker, which held this one for "
    .. "gone: nothing of this batch was kept"):format(range.id, job.run.id), next = { "tide runs", "tide work " .. job.run.id } }
end

-- Nobody takes the range on until this transaction ends; raises when somebody has.
function ranges.hold(job, db, range)
  local held = store.value(db, "SELECT 1 FROM {ranges} WHERE run = $1 AND id = $2 AND owner = $3 AND batches = $4{lock}",
    job.run.id, range.id, job.me.owner, range.batches)
  if not held then ranges.lost(job, range) end
end

function ranges.beat(job)
  store.execute(job.db, "UPDATE {ranges} SET heartbeat = {now} WHERE run = $1 AND owner = $2 AND state = 'open'",
    job.run.id, job.me.owner)
  store.execute(job.db, "UPDATE {runs} SET heartbeat = {now} WHERE id = $1 AND owner = $2", job.run.id, job.me.owner)
end

-- This worker is over: what it holds is nobody's, and nobody has to wait until that is noticed.
function ranges.release(job)
  store.execute(job.db, "UPDATE {ranges} SET owner = '', session = '', heartbeat = 0 WHERE run = $1 AND owner = $2 "
    .. "AND state = 'open'", job.run.id, job.me.owner)
  store.execute(job.db, "UPDATE {runs} SET owner = '', session = '', heartbeat = 0, waiting = '' WHERE id = $1 AND owner = $2",
    job.run.id, job.me.owner)
end

-- Ends the run when nothing of it is left to do. True when it has ended.
function ranges.finish(job)
  return sql.transaction(job.db, function()
    local run = store.row(job.db, "SELECT state, handed_out, (SELECT count(*) FROM {ranges} g WHERE g.run = r.id AND "
      .. "g.state = 'open') AS open FROM {runs} r WHERE id = $1{lock}", job.run.id)
    if run.state ~= "running" then return true end
    if run.handed_out == 0 or run.open > 0 then return false end
    store.set_state(job.db, job.run.id, "done")
    return true
  end)
end

return ranges
