-- The schema of a local database, and its rows or a seed, into the empty database of an app at Heroku. Its project is the
-- folder of the same name; docs/runbooks/heroku_first_deploy.md says how to run it.
local runbook = require "tide.runbook"
local heroku = require "tide.heroku"
local move = require "move"

local tables = { "users", "rooms", "room_participants", "messages" }
local columns = {
  users = { "id", "handle", "email", "created_at" },
  rooms = { "id", "name", "owner_id" },
  room_participants = { "room_id", "user_id", "role" },
  messages = { "id", "room_id", "author_id", "body", "sent_at" },
}
local indexes = {
  "idx_users_email", "idx_rooms_owner", "idx_rooms_parent", "idx_room_participants_user", "idx_messages_room",
  "idx_messages_author",
}
local foreign_keys = {
  rooms = { owner_id = "users", parent_id = "rooms" },
  room_participants = { room_id = "rooms", user_id = "users" },
  messages = { room_id = "rooms", author_id = "users" },
}
local migrations = 4

local function tables_of(db)
  local names = {}
  for i, row in ipairs(db:query "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") do
    names[i] = row.name
  end
  return names
end

local function has(list, name)
  for _, each in ipairs(list) do
    if each == name then return true end
  end
  return false
end

local function with(run, where, fn)
  local other = run:connect(where)
  local ok, value, why = pcall(fn, other)
  other:close()
  if not ok then error(value, 0) end
  return value, why
end

local function is_session(db, other)
  local who = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database WHERE datname = current_database()"
  return db:value(who) == other:value(who)
end

-- How this session is encrypted; nil when it is not. A unix socket needs none, and Heroku has none.
local function tls(db)
  local row = db:row "SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
  return row and row.ssl and ("%s, %s"):format(row.version, row.cipher) or nil
end

-- What is used and what the plan allows, as pg:info says: "3/20".
local function connections(info)
  local used, limit = (info.Connections or ""):match "(%d+)/(%d+)"
  return tonumber(used), tonumber(limit)
end

-- What the application takes when every web dyno fills its pool.
local function pool_size(run)
  local dynos = 0
  for name, quantity in pairs(heroku.formation(run.inputs.app)) do
    if name ~= "run" then dynos = dynos + tonumber(quantity:match "^%d+") end
  end
  return dynos * run.inputs.pool
end

local function room_for_pool(run)
  local _, limit = connections(heroku.pg_info(run.inputs.app))
  local wanted = pool_size(run) + run.inputs.reserve
  return limit ~= nil and wanted <= limit,
    ("the dynos' pools and the reserve are %d connections, and the plan allows %s"):format(wanted, tostring(limit))
end

local function empty_tables(db)
  local empty = {}
  for _, name in ipairs(tables) do
    if not db:value("SELECT EXISTS (SELECT FROM " .. db:ident(name) .. ")") then empty[#empty + 1] = name end
  end
  return empty
end

local function contents(db) return db:transaction(function() return move.contents(db, tables) end) end

local function label(run) return "local-" .. run.id end

local function find_backup(run)
  for _, each in ipairs(backup.list()) do
    if each.label == label(run) then return each end
  end
end

local function preflight_heroku(run)
  local app = run.inputs.app
  if not run:need_command("heroku", ">= 8") then return end
  run:need_flag({ "heroku", "run" }, "--exit-code")
  run:need_that("heroku knows who is logged in", function()
    return heroku.whoami() ~= "", "log in with `heroku login`, or set HEROKU_API_KEY"
  end)
  run:need_that(app .. " was released", function()
    local release = heroku.current_release(app)
    return release ~= nil and release.status == "succeeded", "there is no release that succeeded"
  end)
  run:need_that(app .. " is not in maintenance mode", function()
    return not heroku.in_maintenance(app), "it is: somebody else may be working on it"
  end)
  run:need_that("the plan has connections for the pools", function() return room_for_pool(run) end)
end

local function preflight_target(run)
  if not run:need_database { engine = "postgres", version = ">= 12" } then return end
  run:need_that("this is the database of " .. run.inputs.app, function()
    return with(run, secret "heroku_database_url", function(other) return is_session(run.db, other) end),
      "the DATABASE_URL of the app leads to another one"
  end)
  run:need_that("the database is empty", function()
    local names = tables_of(run.db)
    return #names == 0, "there are tables: " .. table.concat(names, ", ")
  end)
  run:need_that("the session is encrypted", function()
    return tls(run.db) ~= nil, "it is not: add sslmode=require to the URL, or sslmode=verify-full with sslrootcert"
  end)
  run:need_privilege "CREATE"
  run:need_connection_slots(4)
  run:need_pending(migrations)
end

local function preflight_source(run)
  run:need_that("the local database answers (`docker compose up -d` starts it)", function()
    return with(run, run.inputs.source, function(source)
      if source.engine ~= "postgres" then return false, "it is " .. source.engine end
      if is_session(run.db, source) then return false, "it is the database at Heroku itself" end
      local there = tables_of(source)
      for _, name in ipairs(tables) do
        if not has(there, name) then return false, ("it has no table %s: migrate it first"):format(name) end
      end
      for _, name in ipairs(there) do
        if not has(tables, name) then return false, ("it has a table %s that no migration makes"):format(name) end
      end
      run:need_command("pg_dump", ">= " .. source.version:match "^%d+")
      return true
    end)
  end)
  if run.inputs.data == "seed" then run:need_file(run.inputs.seed) end
  run:need_disk "200MB"
end

local function preflight(run)
  preflight_heroku(run)
  preflight_target(run)
  preflight_source(run)
end

local function back_up(run)
  if not find_backup(run) then backup.create { env = run.inputs.source, label = label(run) } end
end

local function prove_backup(run)
  if not find_backup(run) then return false, "there is none" end
  local proof = backup.verify(label(run), { env = run.inputs.source, scratch = run.inputs.scratch })
  return proof.proof == "restored", "it is proven as far as " .. proof.proof
end

local function note_state(run)
  local info = run:evidence("database", heroku.pg_info(run.inputs.app))
  run.used_before, run.backups_before = (connections(info)), heroku.backups(run.inputs.app)
  run:evidence("dynos", heroku.dynos(run.inputs.app))
  run:evidence("encryption", tls(run.db))
end

-- Rows that neither the move nor the seed brought.
local function foreign_rows(run)
  if #tables_of(run.db) == 0 or #empty_tables(run.db) == #tables then return {} end
  return move.differences(contents(run.db), run.contents or {})
end

local function take_back_schema(run)
  local strange = foreign_rows(run)
  if #strange > 0 and not run.inputs.discard then
    run:fail("rows were written since: " .. table.concat(strange, "; ") .. "; --set discard=yes lets them go")
  end
  if run.inputs.rollback == "drop" then
    run:migrate_down()
  elseif #tables_of(run.db) > 0 or #run:migration_status().pending < migrations then
    heroku.pg_reset(run.inputs.app)
  end
end

local function check_schema(run)
  local names = tables_of(run.db)
  run:check("there are four tables", #names == #tables, table.concat(names, ", "))
  for _, name in ipairs(tables) do run.expect.table(name):has_columns(columns[name]) end
  for _, name in ipairs(indexes) do run.expect.index(name) end
  for name, keys in pairs(foreign_keys) do
    for column, target in pairs(keys) do run.expect.foreign_key(name, column):references(target, "id") end
  end
  run.expect.trigger("users", "users_touch")
end

local function compare_schemas(run)
  local found = with(run, run.inputs.source, function(source)
    return schema.diff(run.db, source, { a = "the database at Heroku", b = "the local one" })
  end)
  run:check("the schema is that of the local database", #found == 0, found[1] and found[1].text)
end

-- One transaction: the rows are there, or nothing is.
local function move_rows(run)
  if #empty_tables(run.db) < #tables then return end
  with(run, run.inputs.source, function(source)
    move.rows(source, run.db, tables, function(found) run.contents = found end)
  end)
end

local function moved(run)
  if not run.contents then return false, "nothing was moved" end
  local different = move.differences(run.contents, contents(run.db))
  return #different == 0, table.concat(different, "; ")
end

local function sow(run)
  if #empty_tables(run.db) < #tables then return end
  run.db:transaction(function()
    run.db:file(run.inputs.seed)
    run.contents = move.contents(run.db, tables) -- noted before it is committed: a revert knows its own rows
  end)
end

local function sown(run)
  if not run.contents then return false, "nothing was sown" end
  local empty = empty_tables(run.db)
  if #empty > 0 then return false, "there are no rows in " .. table.concat(empty, ", ") end
  run:evidence("seed", { file = run.inputs.seed, sha256 = sha256 { file = run.inputs.seed } })
  return true
end

local function empty_again(run)
  if #tables_of(run.db) == 0 then return end
  local strange = foreign_rows(run)
  if #strange > 0 and not run.inputs.discard then
    run:fail("rows were written since: " .. table.concat(strange, "; ") .. "; --set discard=yes lets them go")
  end
  run.db:execute("TRUNCATE " .. table.concat(tables, ", ") .. " RESTART IDENTITY")
end

-- The application's own settings, from one of its own dynos.
local function connect_from_dyno(run)
  local out = heroku.run(run.inputs.app, { run.inputs.connect }, { timeout = "3m" }).out
  run:check("the application reads the clock of the database", out:find "%d%d%d%d%-%d%d%-%d%d" ~= nil, out)
end

local function unencrypted(run)
  return run.db:value [[SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
    WHERE a.datname = current_database() AND a.client_addr IS NOT NULL AND NOT s.ssl]]
end

local function no_leak(run)
  local used = connections(heroku.pg_info(run.inputs.app))
  return used ~= nil and used <= (run.used_before or 0) + pool_size(run),
    ("%s are used, %s were before"):format(tostring(used), tostring(run.used_before))
end

local function database_errors(run)
  for line in heroku.logs(run.inputs.app, { num = 200 }):gmatch "[^\n]+" do
    local at = line:match "^(%d+%-%d+%-%d+T[%d:.]+%+00:00)"
    local bad = line:find "password authentication failed" or line:find "too many connections"
      or line:find "does not exist" or line:find "ECONNREFUSED"
    if bad and at and run.opened_at and time.parse(at) >= run.opened_at then return line end
  end
end

local function look_at_application(run)
  run.opened_at = run.opened_at or time.epoch()
  if not run.inputs.health then return end
  run:hold_until(function()
    local response = http.get(run.inputs.health, { timeout = "10s" })
    return response.status == 200, ("it answers %d"):format(response.status)
  end, { every = "1s", within = "3m", for_ = run.inputs.settle })
end

local function capture(run)
  local app = run.inputs.app
  run.heroku_backup = heroku.newer_backup(app, run.backups_before) or heroku.capture(app)
end

local function captured(run)
  if not run.heroku_backup then return false, "nothing was captured" end
  local status = heroku.backup(run.inputs.app, run.heroku_backup).Status
  return tostring(status):find "^Completed" ~= nil, "it is " .. tostring(status)
end

return runbook {
  title = "First deploy of the database to Heroku",
  description = "Four tables from scratch; rows from the local database, from a seed, or none",
  risk = "low", budget = "1h",

  inputs = {
    app = { required = true, description = "the app at Heroku", pattern = "^[a-z][a-z0-9-]+$" },
    source = { default = "local", description = "environment or URL of the local database" },
    data = { default = "none", choices = { "none", "seed", "move" }, description = "the rows: none, a seed, or the local ones" },
    seed = { default = "seed.sql" },
    scratch = { secret = true, env = "SCRATCH_URL", description = "URL of a server where the backup may be restored" },
    pool = { type = "integer", default = 10, description = "the largest number of connections that a dyno opens" },
    reserve = { type = "integer", default = 5, description = "connections that are kept for people and migrations" },
    connect = {
      default = [[node -e "require('./dist/db').pool.query('SELECT now()::text AS now').then(r => { console.log(r.rows[0].now);]]
        .. [[ process.exit(0) }).catch(e => { console.error(e.message); process.exit(1) })"]],
      description = "what prints the database's time from within the application; its exit code counts",
    },
    health = { description = "URL that answers 200 when the application is well", pattern = "^https?://" },
    settle = { type = "duration", default = "15s" },
    schedule = { default = "02:00 UTC", description = "when Heroku makes its daily backup" },
    rollback = { default = "drop", choices = { "drop", "reset" }, description = "how a revert empties the database" },
    discard = { type = "boolean", default = false, description = "a revert may lose rows that were written since" },
  },

  preflight = preflight,

  facts = {
    rows = false,
    expected = { tables = 4, columns = 26, indexes = 11, constraints = 13, sequences = 1, functions = 1, triggers = 1 },
  },

  phases = {
    { "Local", budget = "10m",
      { "Back up the local database, and prove it", up = back_up, verify = prove_backup },
    },
    { "Close",
      { "Note what is there", up = note_state },
      { "Maintenance on", always_down = true,
        up = function(run) heroku.maintenance_on(run.inputs.app) end,
        down = function(run) heroku.maintenance_off(run.inputs.app) end,
        verify = function(run) return heroku.in_maintenance(run.inputs.app) end },
    },
    { "Schema", budget = "15m",
      { "Apply the migrations", up = function(run) run:migrate { expect = migrations } end, down = take_back_schema,
        verify = function(run) return #run:migration_status().pending == 0, "migrations are pending" end },
      { "Verify the schema", up = check_schema },
      { "Compare it with the local one", up = compare_schemas },
    },
    { "Data", budget = "15m",
      { "Move the rows", when = function(run) return run.inputs.data == "move" end,
        up = move_rows, down = empty_again, verify = moved },
      { "Sow the seed", when = function(run) return run.inputs.data == "seed" end,
        up = sow, down = empty_again, verify = sown },
    },
    { "Application", budget = "15m",
      { "It connects from a dyno", up = connect_from_dyno },
      { "Every session is encrypted", up = function(run)
        local count = unencrypted(run)
        run:check("no session comes unencrypted", count == 0, ("%d do"):format(count))
      end },
      { "Its pool leaves room", up = function(run) run:check("the plan has connections for the pools", room_for_pool(run)) end },
      { "No connection leaks", hold = no_leak, every = "1s", within = "1m" },
      { "Maintenance off", ends = "Maintenance on", point_of_no_return = true },
      { "It is well", up = look_at_application },
    },
    { "Afterwards", budget = "10m",
      { "Capture the first backup at Heroku", up = capture, verify = captured },
      { "Schedule the daily backup",
        up = function(run) heroku.schedule_backups(run.inputs.app, run.inputs.schedule) end,
        down = function(run) heroku.unschedule_backups(run.inputs.app) end,
        verify = function(run) return #heroku.backup_schedules(run.inputs.app) > 0 end },
      { "Write the backup plan down", manual = "Note in the operations page: daily backups, their time, who restores them how" },
    },
  },

  success = {
    { "The local database is backed up and the backup proven", function(run)
      local found = find_backup(run)
      return found ~= nil and found.proof == "restored"
    end },
    { "All migrations ran", function(run) return #run:migration_status().pending == 0 end },
    { "All tables are there", function(run) return #tables_of(run.db) == #tables end },
    { "The foreign keys are enforced", function(run)
      return run.db:value "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated" == 0
    end },
    { "The connection is encrypted", function(run) return tls(run.db) ~= nil end },
    { "The log has no errors of the database", function(run)
      local line = database_errors(run)
      return line == nil, line
    end },
  },

  follow_up = {
    "Look at heroku pg:diagnose and the cache hit rate after a day",
    "Keep the local backup until one of Heroku's was restored somewhere",
  },
}
