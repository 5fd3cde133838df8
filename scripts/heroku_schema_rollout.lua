-- Brings production's schema on Heroku from 17 tables to 26: compared, backed up, migrated in maintenance mode, proven,
-- deployed, opened, watched. docs/runbooks/heroku_schema_rollout.md says how to run it.
local runbook = require "tide.runbook"
local heroku = require "tide.heroku"
local git = require "tide.git"

local old_tables = {
  "api_keys", "audit_log", "bank_accounts", "dispute_messages", "disputes", "escrows", "exchange_rates", "fee_schedules",
  "kyc_checks", "ledger_entries", "notifications", "payment_events", "payments", "sessions", "users",
  "webhook_deliveries", "webhooks",
}
local new_tables = {
  "etherfuse_customers", "multisig_wallet_config", "multisig_wallet_owners", "multisig_approval_requests",
  "multisig_signatures", "multisig_transaction_log", "yield_activations", "yield_earnings", "yield_payouts",
}
local new_columns = {
  users = { "portal_share", "role", "juno_bank_account_id" },
  payments = { "blockchain_tx_hash", "juno_transaction_id" },
  escrows = { "smart_contract_escrow_id", "blockchain_tx_hash", "release_tx_hash", "dispute_history" },
}
local new_indexes = {
  "idx_etherfuse_customers_kyc_status", "idx_multisig_wallet_owners_user", "idx_multisig_approval_requests_payment",
  "idx_multisig_approval_requests_status", "idx_multisig_signatures_owner", "idx_multisig_transaction_log_request",
  "idx_yield_activations_customer", "idx_yield_payouts_activation", "idx_users_juno_bank_account",
  "idx_payments_juno_transaction", "idx_escrows_smart_contract", "idx_escrows_dispute_history",
}
local new_foreign_keys = {
  etherfuse_customers = { "users" },
  multisig_wallet_owners = { "multisig_wallet_config", "users" },
  multisig_approval_requests = { "multisig_wallet_config", "payments" },
  multisig_signatures = { "multisig_approval_requests", "multisig_wallet_owners" },
  multisig_transaction_log = { "multisig_approval_requests" },
  yield_activations = { "etherfuse_customers", "payments" },
  yield_earnings = { "yield_activations" },
  yield_payouts = { "yield_activations" },
}
local migrations = 6

local function has(list, name)
  for _, each in ipairs(list) do
    if each == name then return true end
  end
  return false
end

local function count_tables(db)
  return db:value "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
end

-- Rows and contents of the tables that were there before, but for the columns that the migrations add or fill.
local function contents(db)
  local found = {}
  for _, name in ipairs(old_tables) do
    local left_out = new_columns[name] and "{" .. table.concat(new_columns[name], ",") .. "}" or "{}"
    found[name] = db:value(([[SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '-')
      FROM (SELECT md5((to_jsonb(t) - $1::text[])::text) AS h FROM %s t) AS hashed]]):format(db:ident(name)), left_out)
  end
  return found
end

-- The tables of which the contents are not as they were.
local function changed(before, now)
  local names = {}
  for _, name in ipairs(old_tables) do
    if before[name] ~= now[name] then names[#names + 1] = ("%s (%s, now %s)"):format(name, before[name], now[name]) end
  end
  return names
end

local function is_session(db, other)
  local who = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database WHERE datname = current_database()"
  return db:value(who) == other:value(who)
end

-- What differs from the reference beside what the migrations bring.
local function surprises(production, reference)
  local found = {}
  for _, difference in ipairs(schema.diff(production, reference, { a = "production", b = "the reference" })) do
    local owner = difference.name:match "[^.]+$"
    local brought = difference.change == "only_in_b" and (has(new_tables, owner)
      or has(new_columns[owner] or {}, difference.part) or has(new_indexes, difference.part)
      or difference.part_kind == "constraint" and new_columns[owner] ~= nil)
    if not brought then found[#found + 1] = difference.text end
  end
  return found
end

local function with(run, where, fn)
  local other = run:connect(where)
  local ok, value, why = pcall(fn, other)
  other:close()
  if not ok then error(value, 0) end
  return value, why
end

local function url(run, path) return run.inputs.url:gsub("/+$", "") .. path end

local function paths(run)
  local list = {}
  for path in run.inputs.smoke:gmatch "[^,%s]+" do list[#list + 1] = path end
  return list
end

local function answers(run, path)
  local response = http.get(url(run, path), { timeout = "10s" })
  return response.status == 200, ("%s answers %d"):format(path, response.status), response.duration
end

-- Lines of the log since the application was opened that speak of a failure.
local function log_failures(run)
  local failures = {}
  for line in heroku.logs(run.inputs.app, { num = 200 }):gmatch "[^\n]+" do
    local at = line:match "^(%d+%-%d+%-%d+T[%d:.]+%+00:00)"
    local bad = line:find "at=error" or line:find "code=H1%d" or line:find "ERROR:" or line:find "does not exist"
    if bad and at and time.parse(at) >= run.opened_at then failures[#failures + 1] = line end
  end
  return failures
end

local function label(run) return "rollout-" .. run.id end

local function find_backup(run)
  for _, each in ipairs(backup.list()) do
    if each.label == label(run) then return each end
  end
end

local function preflight_heroku(run)
  local app = run.inputs.app
  if not run:need_command("heroku", ">= 8") then return end
  run:need_flag({ "heroku", "pg:backups:restore" }, "--confirm")
  local account
  run:need_that("heroku knows who is logged in", function()
    account = heroku.whoami()
    return account ~= "", "log in with `heroku login`, or set HEROKU_API_KEY"
  end)
  run:need_that("the account may work on " .. app, function()
    return has(heroku.access(app), account), ("%s is not among those with access"):format(tostring(account))
  end)
  run:need_that(app .. " is not in maintenance mode", function()
    return not heroku.in_maintenance(app), "it is: somebody else may be working on it"
  end)
  run:need_that("every dyno of " .. app .. " is up", function()
    for _, dyno in ipairs(heroku.dynos(app)) do
      if dyno.state ~= "up" then return false, ("%s is %s"):format(dyno.name, dyno.state) end
    end
    return true
  end)
end

local function preflight_database(run)
  if not run:need_database { engine = "postgres", version = ">= 13", tables = old_tables, without = new_tables } then return end
  run:need_that("this is the database of " .. run.inputs.app, function()
    return with(run, secret "heroku_database_url", function(other) return is_session(run.db, other) end),
      "the DATABASE_URL of the app leads to another one"
  end)
  for name, columns in pairs(new_columns) do
    for _, column in ipairs(columns) do
      run:need_that(("%s has no column %s yet"):format(name, column), function()
        return run.db:value([[SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'
          AND table_name = $1 AND column_name = $2]], name, column) == 0, "it was added by hand"
      end)
    end
    run:need_privilege("OWNER", name)
  end
  run:need_that("there are 17 tables", function()
    local count = count_tables(run.db)
    return count == #old_tables, ("there are %d"):format(count)
  end)
  run:need_privilege "CREATE"
  run:need_pending(migrations)
  run:no_blocking_transactions(run.inputs.longest_transaction)
  run:need_connection_slots(4)
end

local function preflight_reference(run)
  if not run.inputs.reference then return end
  run:need_that("production differs from the reference by what is pending only", function()
    local found = with(run, run.inputs.reference, function(other) return surprises(run.db, other) end)
    return #found == 0, table.concat(found, "; ")
  end)
end

local function preflight_deploy(run)
  if not run.inputs.deploy then return end
  if not run:need_command "git" or not run:clean_git_tree { branch = run.inputs.branch } then return end
  run:need_that("git can reach the remote " .. run.inputs.remote, function()
    local tip = git.remote_commit(run.inputs.remote, run.inputs.branch)
    return tip == nil or git.is_ancestor(tip), "what is deployed is not in this history: a push would have to be forced"
  end)
end

local function preflight(run)
  preflight_heroku(run)
  preflight_database(run)
  preflight_reference(run)
  preflight_deploy(run)
  run:need_command("pg_dump", ">= " .. run.db.version:match "^%d+")
  run:need_disk "200MB"
  for _, path in ipairs(paths(run)) do run:need_url(url(run, path)) end
  run:need_that("the backup can be proven by restoring it", function()
    if run.inputs.scratch then return with(run, run.inputs.scratch, function(other) return other.engine == "postgres" end) end
    return run.db:value "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
      "the role may not create a database: --set scratch=URL names a server where it may"
  end)
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
  run.backups_before = {}
  for i, each in ipairs(heroku.backups(app)) do run.backups_before[i] = each.id end
  run:evidence("release", release)
  run:evidence("dynos", heroku.dynos(app))
  run:evidence("database", heroku.pg_info(app))
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

-- One that this run made and that was killed before it could be noted is taken, not made again.
local function capture(run)
  for _, each in ipairs(heroku.backups(run.inputs.app)) do
    if each.complete and each.id:find "^b" and not has(run.backups_before, each.id) then run.heroku_backup = each.id end
  end
  run.heroku_backup = run.heroku_backup or heroku.capture(run.inputs.app)
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
  for _, name in ipairs(new_tables) do
    local there = run.db:value("SELECT to_regclass($1) IS NOT NULL", name)
    local count = there and run.db:value("SELECT count(*) FROM " .. name) or 0
    if count > 0 then lost[#lost + 1] = ("%d rows of %s"):format(count, name) end
  end
  if run.inputs.rollback == "restore" and run.contents then
    for _, text in ipairs(changed(run.contents, contents(run.db))) do lost[#lost + 1] = "what was written since to " .. text end
  end
  return lost
end

local function roll_back(run)
  local lost = rows_lost(run)
  run:evidence("lost by the rollback", lost)
  if #lost > 0 and not run.inputs.discard then
    run:fail(("the rollback would lose %s: --set discard=yes lets it"):format(table.concat(lost, ", ")))
  end
  if run.inputs.rollback == "drop" then
    run:migrate_down()
  elseif count_tables(run.db) ~= #old_tables or #run:migration_status().pending ~= migrations then
    heroku.restore(run.inputs.app, run.heroku_backup)
  end
end

local function check_foreign_keys(run)
  local missing = {}
  for name, targets in pairs(new_foreign_keys) do
    for _, target in ipairs(targets) do
      local there = run.db:value([[SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated
        AND conrelid = $1::regclass AND confrelid = $2::regclass]], name, target)
      if there == 0 then missing[#missing + 1] = name .. " -> " .. target end
    end
  end
  run:check("the foreign keys stand and are validated", #missing == 0, table.concat(missing, ", "))
end

local function check_schema(run)
  local count = count_tables(run.db)
  run:check("there are 26 tables", count == #old_tables + #new_tables, ("there are %d"):format(count))
  for _, name in ipairs(new_tables) do run.expect.table(name) end
  for name, columns in pairs(new_columns) do run.expect.table(name):has_columns(columns) end
  for _, name in ipairs(new_indexes) do run.expect.index(name) end
  run:check("no index is invalid", run.db:value "SELECT count(*) FROM pg_index WHERE NOT indisvalid" == 0)
  check_foreign_keys(run)
  local different = changed(run.contents, contents(run.db))
  run:check("what was there before is as it was", #different == 0, table.concat(different, ", "))
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
  for _, path in ipairs(paths(run)) do
    local ok, seen, duration = answers(run, path)
    run:check(path .. " answers 200", ok, seen)
    seconds[path] = duration
  end
  run.seconds = seconds
end

local function settle(run)
  run.opened_at = run.opened_at or time.epoch()
  run:hold_until(function() return answers(run, run.inputs.health) end,
    { every = "1s", within = "3m", for_ = run.inputs.settle })
end

local function watch(run)
  run:watch({
    { "the health endpoint", function() return answers(run, run.inputs.health) end, every = run.inputs.watch_every },
    { "the log", function()
      local failures = log_failures(run)
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

  facts = {
    rows = false,
    expected = { tables = #new_tables, columns = "any", indexes = "any", constraints = "any", sequences = "any" },
  },

  timers = { { "Post a status update", every = "30m" } },

  phases = {
    { "Prepare",
      { "Note what runs now", up = note_state },
      { "A second person agrees", approve = "Production gets nine tables and nine columns, in maintenance mode. Agreed?" },
      { "Tell the team", manual = "Post the start of the maintenance in the status channel" },
    },
    { "Close", budget = "5m",
      { "Maintenance on", always_down = true, budget = "1m", retries = 2,
        up = function(run) heroku.maintenance_on(run.inputs.app) end,
        down = function(run) heroku.maintenance_off(run.inputs.app) end,
        verify = function(run) return heroku.in_maintenance(run.inputs.app) end },
      { "Stop the workers", always_down = true, budget = "1m",
        when = function(run) return next(run.workers) ~= nil end,
        up = stop_workers,
        down = function(run) heroku.scale(run.inputs.app, run.workers) end,
        verify = function(run) return workers_are(run, "none") end },
      { "Nobody writes any more", hold = no_writers, every = "1s", within = "3m" },
      { "Note what is there", budget = "2m", up = function(run) run.contents = contents(run.db) end },
    },
    { "Back up", budget = "20m",
      { "Capture a backup at Heroku", up = capture, verify = captured },
      { "Make a backup of our own, and prove it", up = back_up, verify = prove_backup },
    },
    { "Migrate", budget = "10m",
      { "Apply the migrations", budget = "5m",
        up = function(run) run:migrate { expect = migrations } end, down = roll_back,
        verify = function(run) return #run:migration_status().pending == 0, "migrations are pending" end },
      { "Verify the schema", up = check_schema },
      { "It is the schema of the reference", when = function(run) return run.inputs.reference ~= nil end,
        up = function(run)
          local found = with(run, run.inputs.reference, function(other)
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
        up = function(run) heroku.run(run.inputs.app, { "sh", "-c", run.inputs.smoke_command }) end },
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
    { "All nine tables are there, 26 in all", function(run) return count_tables(run.db) == 26 end },
    { "Every index is there and valid", function(run)
      for _, name in ipairs(new_indexes) do run.expect.index(name) end
    end },
    { "The foreign keys are established", check_foreign_keys },
    { "Nothing is pending", function(run) return #run:migration_status().pending == 0 end },
    { "The application runs without database errors", function(run)
      local failures = log_failures(run)
      return #failures == 0, failures[1]
    end },
    { "The endpoints answer within two seconds", function(run)
      for path, seconds in pairs(run.seconds) do
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
