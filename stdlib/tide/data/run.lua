-- A fix as the database knows it: begun, gone on with, refused.
local native = ...

local ranges = require "tide.data.ranges"
local sql = require "tide.data.sql"
local store = require "tide.data.store"

local run = {}

local raise = native.host.raise

-- Which script asks, and for the how-many'th time while it runs.
local calls = { number = 0, count = 0 }

function run.caller()
  local file, direction, transaction, text, number = native.data.script()
  if not file then raise { kind = "usage", message = "tide.data works in a migration or in a script that tide runs" } end
  if calls.number ~= number then calls.number, calls.count = number, 0 end
  calls.count = calls.count + 1
  local migration = direction ~= "run"
  local version = migration and file:match("([0-9]+)[^/]*$") or ""
  return {
    script = migration and "migration " .. version or file, version = version, call = calls.count, file = file,
    direction = direction, transaction = transaction, digest = native.digest.sha256(text),
  }
end

local function name_of(found)
  return ("run %d of %s"):format(found.id, found.script)
end
run.name_of = name_of

-- Who works on it now, as far as that can be told: who has begun it or gone on with it, or has one of its ranges.
local function is_live(db, found)
  local _, host, process = native.data.who()
  local function is_there(one) return one.owner ~= host .. " " .. process and not ranges.is_gone(one) end
  if found.state == "running" and is_there(found) then return found.owner end
  for _, range in ipairs(store.open_ranges(db, found.id)) do
    if is_there(range) then return range.owner end
  end
end

-- Applied again since: then it was reverted in between, and starts anew.
local function was_applied_since(db, found)
  local there = db.engine == "sqlite" and "SELECT count(*) FROM sqlite_master WHERE name = 'tide_events'"
    or "SELECT count(*) FROM pg_class WHERE oid = to_regclass('tide.events')"
  if sql.value(db, there) == 0 then return false end
  return store.value(db, "SELECT count(*) FROM {events} WHERE version = $1 AND event = 'applied' AND {at_ms} >= $2",
    found.version, found.ended_at - found.ended_at % 1000) > 0
end

local function is_changed(found, caller, outline) return found.digest ~= caller.digest or found.spec ~= outline end

-- "key was ["id"] and is ["name"]", for what is not the same in both.
local function differences(was, is)
  local list = {}
  was, is = json.decode(was), json.decode(is)
  local names = {}
  for _, outline in ipairs { was, is } do
    for name in pairs(outline) do names[name] = true end
  end
  for name in pairs(names) do
    local before, now = json.encode(was[name]), json.encode(is[name])
    if before ~= now then list[#list + 1] = ("%s was %s and is %s"):format(name, before, now) end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

-- After a failure the script may have been mended: the rows that are done stay as its earlier text has made them.
local function refuse_changed(found, caller, outline)
  local why
  if found.digest ~= caller.digest and found.state ~= "failed" then
    why = ("the text of %s is another one now"):format(caller.file)
  elseif found.spec ~= outline then
    why = "it is to do something else now: " .. differences(found.spec, outline)
  end
  if not why then return end
  raise {
    kind = "history", message = ("%s is not finished, and %s: put it back to go on"):format(name_of(found), why),
    next = { ("tide undo %d   restores what it has changed"):format(found.id),
      ("tide runs --abandon %d   leaves everything as it is"):format(found.id) },
  }
end
run.refuse_changed = refuse_changed

run.is_live = is_live

local function refuse_live(found, owner)
  raise {
    kind = "lock", message = ("%s is being worked on by %s"):format(name_of(found), owner),
    next = { ("tide work %d   joins it"):format(found.id), "tide runs   shows how far it is" },
  }
end

-- kLock while somebody works on it.
function run.refuse_live(db, found)
  local owner = is_live(db, found)
  if owner then refuse_live(found, owner) end
end

local function has_done_nothing(db, found)
  local counts = store.counts(db, found.id)
  return counts.changed == 0 and (found.kind ~= "each" or counts.rows == 0)
end

-- "new", "go on" or "skip", for the latest run of the same call; raises where none of them is right.
local function decide(db, found, caller, outline)
  if not found or found.state == "undone" or found.state == "abandoned" then return "new" end
  if found.state == "undoing" then
    raise { kind = "history", message = name_of(found) .. " is being undone", next = { "tide undo " .. found.id } }
  end
  if found.state == "done" then
    if caller.version == "" or was_applied_since(db, found) then return "new" end
    return "skip"
  end
  local owner = is_live(db, found)
  if owner then refuse_live(found, owner) end
  if is_changed(found, caller, outline) and has_done_nothing(db, found) then
    store.abandon(db, found.id)
    return "new"
  end
  refuse_changed(found, caller, outline)
  return "go on"
end

local function create(db, kind, caller, made, settings)
  local me = ranges.worker(db, db)
  store.execute(db, "INSERT INTO {runs} (kind, script, version, call, target, digest, spec, state, total, who, host, owner, "
    .. "session, heartbeat, began_at, images, keep_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9, $10, $11, $12, "
    .. "{now}, {now}, $13, $14)", kind, caller.script, caller.version, caller.call, made.target.reference, caller.digest,
    made.outline, settings.total, me.who, me.host, me.owner, me.session, made.keeps_images and 1 or 0, settings.keep)
  return store.latest(db, caller.script, caller.call)
end

-- The run to work on, and "new", "go on" or "skip".
function run.begin(db, kind, caller, made, settings, create_images)
  return unpack(sql.transaction(db, function()
    if db.engine == "postgres" then sql.query(db, "SELECT pg_advisory_xact_lock(8388346167660475254)") end
    local found = store.latest(db, caller.script, caller.call)
    local how = decide(db, found, caller, made.outline)
    if how == "new" then
      found = create(db, kind, caller, made, settings)
      made.images = made.keeps_images and store.images(db, found.id)
      if made.images then create_images(db, made) end
    elseif how == "go on" then
      store.set_state(db, found.id, "running")
      local me = ranges.worker(db, db)
      store.execute(db, "UPDATE {runs} SET paused = '', waiting = '', digest = $2, owner = $3, session = $4, "
        .. "heartbeat = {now} WHERE id = $1", found.id, caller.digest, me.owner, me.session)
      if found.digest ~= caller.digest then
        native.log.log("warn", ("%s goes on with another text; the rows done before were changed by the earlier one"):format(
          name_of(found)))
      end
    end
    made.images = found.images == 1 and store.images(db, found.id)
    return { found, how }
  end))
end

-- The run that this process is a worker of.
function run.join(db, id, caller, made)
  local found = store.get(db, id)
  if found.state ~= "running" then
    raise { kind = "usage", message = ("%s is %s: there is nothing to join"):format(name_of(found), found.state) }
  end
  refuse_changed(found, caller, made.outline)
  made.images = found.images == 1 and store.images(db, found.id)
  return found
end

return run
