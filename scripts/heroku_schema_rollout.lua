-- Brings production's schema on Heroku from 17 tables to 26: compared, backed up, migrated in maintenance mode, proven,
-- deployed, opened, watched. Its project is the folder of the same name (tide -C scripts/heroku_schema_rollout);
-- docs/runbooks/heroku_schema_rollout.md says how to run it.
local runbook = require "tide.runbook"
local heroku = require "tide.heroku"
local git = require "tide.git"
local application = require "rollout.application"
local expected = require "rollout.expected"
local preflight = require "rollout.preflight"

local function label(run) return "rollout-" .. run.id end

local function find_backup(run)
  for _, each in ipairs(backup.list()) do
    if each.label == label(run) then return each end
  end
end

local function note_state(run)
  local app = run.inputs.app
  local release = heroku.current_release(app)
  run.release = release and release.version
  if run.inputs.deploy then run.commit = git.commit() end
  run.workers = {}
  for name, quantity in pairs(heroku.formation(app)) do
    if name ~= "web" and name ~= "run" and not quantity:find "^0:" then run.workers[name] = quantity end
  end
  run.backups_before = heroku.backups(app)
  run:evidence("release", release)
  run:evidence("dynos", heroku.dynos(app))
  run:evidence("database", heroku.pg_info(app))
end

-- What was noted of the rows no longer counts where the application was open in between.
local function close(run)
  heroku.maintenance_on(run.inputs.app)
  run.contents = nil
end

local function stop_workers(run)
  local none = {}
  for name in pairs(run.workers) do none[name] = 0 end
  heroku.scale(run.inputs.app, none)
end

local function workers_are(run, wanted)
  local formation = heroku.formation(run.inputs.app)
  for name, quantity in pairs(run.workers) do
    local now = formation[name] or "0:"
    if wanted == "none" and not now:find "^0:" or wanted == "back" and now ~= quantity then return false, name .. "=" .. now end
  end
  return true
end

local function no_writers(run)
  local count = run.db:value [[SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle']]
  return count == 0, ("%d sessions are at work"):format(count)
end

-- One that this run made, and that was not noted because the run was killed, is taken: none is made again.
local function capture(run)
  local app = run.inputs.app
  run.heroku_backup = heroku.newer_backup(app, run.backups_before) or heroku.capture(app)
  run.saved = expected.contents(run.db)
end

local function captured(run)
  if not run.heroku_backup then return false, "nothing was captured" end
  local info = heroku.backup(run.inputs.app, run.heroku_backup)
  run:evidence("backup at Heroku", info)
  return info.Status ~= nil and info.Status:find "^Completed" ~= nil, "it is " .. tostring(info.Status)
end

local function back_up(run)
  if not find_backup(run) then backup.create { label = label(run) } end
end

local function prove_backup(run)
  if not find_backup(run) then return false, "there is none" end
  local proof = backup.verify(label(run), { scratch = run.inputs.scratch })
  return proof.proof == "restored", "it is proven as far as " .. proof.proof
end

-- What a rollback would lose: rows in the new tables, changed or new rows in the old ones.
local function rows_lost(run)
  local lost = {}
  for _, name in ipairs(expected.new_tables) do
    local there = run.db:value("SELECT to_regclass($1) IS NOT NULL", name)
    local count = there and run.db:value("SELECT count(*) FROM " .. name) or 0
    if count > 0 then lost[#lost + 1] = ("%d rows of %s"):format(count, name) end
  end
  if run.inputs.rollback == "restore" and run.saved then
    for _, text in ipairs(expected.changed(run.saved, expected.contents(run.db))) do
      lost[#lost + 1] = "what was written since to " .. text
    end
  end
  return lost
end

local function migrate(run)
  if run.bent then run:fail("the migrations bent rows (" .. run.bent .. "): revert the run") end
  run.contents = expected.contents(run.db)
  run:migrate { expect = expected.migrations }
end

local function migrated(run)
  if run.bent then return false, "rows were bent: " .. run.bent end
  if #run:migration_status().pending > 0 then return false, "migrations are pending" end
  if not run.contents then run:log("the rows are not compared: the application was open since they were noted") end
  local bent = run.contents and expected.changed(run.contents, expected.contents(run.db)) or {}
  if #bent > 0 then run.bent = table.concat(bent, ", ") end
  return #bent == 0, "what was there before is not as it was: " .. table.concat(bent, ", ")
end

local function roll_back(run)
  local lost = rows_lost(run)
  run:evidence("lost by the rollback", lost)
  if #lost > 0 and not run.inputs.discard then
    run:fail(("the rollback would lose %s: --set discard=yes lets it"):format(table.concat(lost, ", ")))
  end
  if run.inputs.rollback == "drop" then
    run:migrate_down()
  elseif expected.count_tables(run.db) ~= #expected.old_tables or #run:migration_status().pending ~= expected.migrations then
    heroku.restore(run.inputs.app, run.heroku_backup)
  end
end

local function check_schema(run)
  local count = expected.count_tables(run.db)
  run:check("there are 26 tables", count == #expected.old_tables + #expected.new_tables, ("there are %d"):format(count))
  for _, name in ipairs(expected.new_tables) do run.expect.table(name) end
  for name, columns in pairs(expected.new_columns) do run.expect.table(name):has_columns(columns) end
  for _, name in ipairs(expected.new_indexes) do run.expect.index(name) end
  run:check("no index is invalid", run.db:value "SELECT count(*) FROM pg_index WHERE NOT indisvalid" == 0)
  expected.check_foreign_keys(run)
  run:evidence("sizes", run.db:query [[SELECT relname AS "table", pg_size_pretty(pg_total_relation_size(oid)) AS size
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    ORDER BY pg_total_relation_size(oid) DESC, relname]])
end

local function deployed(run)
  if git.remote_commit(run.inputs.remote, run.inputs.branch) ~= run.commit then return false, "the remote has another commit" end
  local release = heroku.current_release(run.inputs.app)
  run:evidence("release after", release)
  return release ~= nil and release.status == "succeeded", "the release is " .. tostring(release and release.status)
end

local function take_back_deploy(run)
  local release = heroku.current_release(run.inputs.app)
  if run.release and release and release.version > run.release
    and not release.description:find(("Rollback to v%d"):format(run.release), 1, true) then
    heroku.rollback(run.inputs.app, run.release)
  end
end

local function smoke(run)
  local seconds = {}
  for _, path in ipairs(application.paths(run)) do
    local ok, seen, duration = application.answers(run, path)
    run:check(path .. " answers 200", ok, seen)
    seconds[path] = duration
  end
  run.seconds = seconds
end

local function settle(run)
  run.opened_at = run.opened_at or time.epoch()
  run:hold_until(function() return application.answers(run, run.inputs.health) end,
    { every = "1s", within = "3m", for_ = run.inputs.settle })
end

local function watch(run)
  run:watch({
    { "the health endpoint", function() return application.answers(run, run.inputs.health) end,
      every = run.inputs.watch_every },
    { "the log", function()
      local failures = application.log_failures(run)
      return #failures == 0, failures[1]
    end, every = run.inputs.watch_every },
  }, { for_ = run.inputs.watch })
end

local function checklist(title, text) return { title, manual = text, tags = { "checklist" } } end

return runbook {
  title = "Roll the multisig, yield and Etherfuse schema out to Heroku",
  description = "Nine tables and nine columns on top of production's seventeen tables, and the code that needs them",
  risk = "medium", budget = "2h",

  inputs = {
    app = { required = true, description = "the app at Heroku", pattern = "^[a-z][a-z0-9-]+$" },
    url = { required = true, description = "where the application answers", pattern = "^https?://" },
    health = { default = "/api/health", description = "the path that answers 200 when the application is well" },
    smoke = { default = "/api/health,/api/payments", description = "paths that have to answer 200" },
    smoke_command = { description = "a program for a one-off dyno that tests the new code before anybody else sees it" },
    reference = { description = "environment or URL of a database whose schema is what production's shall be" },
    scratch = { secret = true, env = "SCRATCH_URL", description = "URL of a server where a database may be created" },
    deploy = { type = "boolean", default = true, description = "whether the code is deployed too" },
    remote = { default = "heroku", description = "the git remote that deploys" },
    branch = { default = "main" },
    longest_transaction = { type = "duration", default = "1m", description = "an older one would block the migrations" },
    rollback = { default = "drop", choices = { "drop", "restore" }, description = "how a revert takes the schema back" },
    discard = { type = "boolean", default = false, description = "a revert may lose rows that were written since" },
    settle = { type = "duration", default = "15s", description = "how long it must be well before it counts as open" },
    watch = { type = "duration", default = "5m", description = "how long the open application is watched" },
    watch_every = { type = "duration", default = "10s" },
  },

  preflight = preflight,

  facts = { rows = false, expected = { tables = 9, columns = 54, indexes = 28, constraints = 34 } },

  timers = { { "Post a status update", every = "30m" } },

  phases = {
    { "Prepare",
      { "Note what runs now", up = note_state },
      { "A second person agrees", approve = "Production gets nine tables and nine columns, in maintenance mode. Agreed?" },
      { "Tell the team", manual = "Post the start of the maintenance in the status channel" },
    },
    { "Close", budget = "5m",
      { "Maintenance on", always_down = true, budget = "1m", retries = 2,
        up = close,
        down = function(run) heroku.maintenance_off(run.inputs.app) end,
        verify = function(run) return heroku.in_maintenance(run.inputs.app) end },
      { "Stop the workers", always_down = true, budget = "1m",
        when = function(run) return next(run.workers) ~= nil end,
        up = stop_workers,
        down = function(run) heroku.scale(run.inputs.app, run.workers) end,
        verify = function(run) return workers_are(run, "none") end },
      { "Nobody writes any more", hold = no_writers, every = "1s", within = "3m" },
    },
    { "Back up", budget = "20m",
      { "Capture a backup at Heroku", up = capture, verify = captured },
      { "Make a backup of our own, and prove it", up = back_up, verify = prove_backup },
    },
    { "Migrate", budget = "10m",
      { "Apply the migrations", budget = "5m", up = migrate, down = roll_back, verify = migrated },
      { "Verify the schema", up = check_schema },
      { "It is the schema of the reference", when = function(run) return run.inputs.reference ~= nil end,
        up = function(run)
          local found = expected.with(run, run.inputs.reference, function(other)
            return schema.diff(run.db, other, { a = "production", b = "the reference" })
          end)
          run:check("no difference is left", #found == 0, found[1] and found[1].text)
        end },
    },
    { "Deploy", budget = "15m",
      { "Deploy the code", when = function(run) return run.inputs.deploy end,
        up = function(run) git.push(run.inputs.remote, run.inputs.branch, run.commit) end,
        down = take_back_deploy, verify = deployed },
      { "Test it in a one-off dyno", when = function(run) return run.inputs.smoke_command ~= nil end, timeout = "5m",
        up = function(run) heroku.run(run.inputs.app, { run.inputs.smoke_command }) end },
    },
    { "Open", budget = "10m",
      { "Start the workers", ends = "Stop the workers" },
      { "Maintenance off", ends = "Maintenance on", point_of_no_return = true },
      { "The application is well", up = settle },
      { "The endpoints answer", up = smoke },
      { "Watch", up = watch },
    },
    { "Look",
      checklist("Sign in", "User authentication works"),
      checklist("Pay", "A payment can be created and processed"),
      checklist("Hold", "Escrow works: custody, release, dispute"),
      checklist("Mail", "E-mail notifications arrive"),
      checklist("Chain", "The blockchain references of a payment show"),
      checklist("Timeline", "Timeline and tracker show as they should"),
      checklist("Multisig", "A wallet that needs several signatures can be created"),
      checklist("Yield", "Yield can be activated for a payment in custody"),
      checklist("Etherfuse", "A customer of Etherfuse can be created"),
      { "Tell the team that it is over", manual = "Post the end of the maintenance in the status channel" },
    },
  },

  success = {
    { "All nine tables are there, 26 in all", function(run) return expected.count_tables(run.db) == 26 end },
    { "Every index is there and valid", function(run)
      for _, name in ipairs(expected.new_indexes) do run.expect.index(name) end
    end },
    { "The foreign keys are established", expected.check_foreign_keys },
    { "Nothing is pending", function(run) return #run:migration_status().pending == 0 end },
    { "The application runs without database errors", function(run)
      local failures = application.log_failures(run)
      return #failures == 0, failures[1]
    end },
    { "The endpoints answer within two seconds", function(run)
      for path, seconds in pairs(run.seconds or {}) do
        if seconds > 2 then return false, ("%s took %.1f s"):format(path, seconds) end
      end
    end },
    { "The workers run as before", function(run) return workers_are(run, "back") end },
    { "A backup was made and proven by restoring it", function(run)
      local found = find_backup(run)
      return found ~= nil and found.proof == "restored"
    end },
  },

  follow_up = {
    "Look at errors and slow queries again after 24 hours",
    "Keep the backup until the next one is proven",
  },
}
