-- What the commands about runs do: tide runs, pause, resume, undo, and the first step of tide work.
local native = ...

local ranges = require "tide.data.ranges"
local runs = require "tide.data.run"
local sql = require "tide.data.sql"
local store = require "tide.data.store"
local undo = require "tide.data.undo"

local commands = {}

local raise = native.host.raise

local function iso(ms) return ms and time.format(ms / 1000) or null end

-- Those who have a range now, and who has begun it where nobody has one.
local function owners_of(db, run)
  local owners, seen = {}, {}
  for _, range in ipairs(store.open_ranges(db, run.id)) do
    if not seen[range.owner] and not ranges.is_gone(range) then owners[#owners + 1] = range.owner end
    seen[range.owner] = true
  end
  if #owners == 0 then owners[1] = runs.is_live(db, run) end
  return owners
end

-- "stopped": running as the database knows it, and nobody works on it.
local function state_of(run, owners)
  return run.state == "running" and #owners == 0 and "stopped" or run.state
end

local function shown(db, run)
  local counts, owners = store.counts(db, run.id), owners_of(db, run)
  local state = state_of(run, owners)
  return {
    run = run.id, kind = run.kind, script = run.script, table = run.target, state = state, paused = run.paused,
    waiting = state == "running" and run.waiting or "",
    rows = counts.rows, total = run.total, changed = counts.changed, conflicts = counts.conflicts, errors = counts.errors,
    restored = run.restored, who = run.who, host = run.host, began_at = iso(run.began_at), ended_at = iso(run.ended_at),
    before_images = run.images == 1, workers = #owners, error = run.error,
  }
end

function commands.list(db)
  local list = {}
  for i, run in ipairs(store.all(db)) do list[i] = shown(db, run) end
  return { runs = list }
end

function commands.show(db, id)
  local run = shown(db, store.get(db, id))
  run.failed_rows = store.query(db, "SELECT key, message FROM {errors} WHERE run = $1", run.run)
  return run
end

local function refuse_ended(run)
  if run.state == "running" or run.state == "failed" then return end
  raise { kind = "usage", message = ("%s is %s"):format(runs.name_of(run), run.state) }
end

function commands.pause(db, id)
  local run = store.get(db, id)
  refuse_ended(run)
  local who, host = native.data.who()
  store.execute(db, "UPDATE {runs} SET paused = $2 WHERE id = $1", run.id, who .. "@" .. host)
  return { run = run.id, paused = true }
end

function commands.resume(db, id)
  local run = store.get(db, id)
  refuse_ended(run)
  store.execute(db, "UPDATE {runs} SET paused = '' WHERE id = $1", run.id)
  return { run = run.id, paused = false }
end

function commands.abandon(db, id)
  local run = store.get(db, id)
  refuse_ended(run)
  runs.refuse_live(db, run)
  store.abandon(db, run.id)
  return { run = run.id, state = "abandoned" }
end

function commands.undo(db, id) return undo.run(db, id) end

-- The script that a worker of the run has to run.
function commands.script(db, id)
  local run = store.get(db, id)
  if run.state ~= "running" and run.state ~= "failed" then
    raise { kind = "usage", message = ("%s is %s: there is nothing to join"):format(runs.name_of(run), run.state) }
  end
  return { run = run.id, script = run.script, version = run.version }
end

-- Drops the before-images of runs that ended longer ago than they are to be kept; `older` (ms) takes the place of that.
function commands.purge(db, older)
  local purged = {}
  for _, run in ipairs(store.all(db)) do
    local ended = run.ended_at and run.state ~= "running" and run.state ~= "failed" and run.state ~= "undoing"
    if run.images == 1 and ended then
      local age = store.value(db, "SELECT {now} - $1", run.ended_at)
      if age >= (older or run.keep_ms) then
        sql.execute(db, "DROP TABLE IF EXISTS " .. store.images(db, run.id))
        store.execute(db, "UPDATE {runs} SET images = 0 WHERE id = $1", run.id)
        purged[#purged + 1] = run.id
      end
    end
  end
  return { purged = purged }
end

return commands
