-- Consolidates the migrations of a project on Supabase into one baseline: from T-120 to T+120 minutes.
-- docs/runbooks/supabase_baseline.md says how to run it, and what it does otherwise than the procedure it comes from.
local runbook = require "tide.runbook"
local notify = require "tide.notify"
local supabase = require "tide.supabase"
local application = require "application"
local baseline = require "baseline"
local checks = require "checks"
local needs = require "needs"
local rehearsal = require "rehearsal"

local ERRORS = "log_attributes['parsed.error_severity'] IN ('ERROR', 'FATAL', 'PANIC')"
local FAILED_SIGN_INS = "log_attributes['level'] IN ('error', 'fatal')"
local FAILED_REQUESTS = "toInt32OrZero(log_attributes['response.status_code']) >= 500"

local function joined(list) return table.concat(list, "; ") end

local function none(list) return #list == 0, joined(list) end

local function tell(run, text)
  if run.inputs.slack then notify.slack { url = run.inputs.slack, text = text } end
end

-- Backups: their labels come from the run, so that a step that runs again finds what it made

local function label(run, kind) return ("baseline-%s-%s"):format(run.id, kind):lower() end

local function is_made(name)
  for _, saved in ipairs(backup.list()) do
    if saved.label == name and not saved.problem then return true end
  end
  return false
end

local function make(run, kind, options)
  options.label = label(run, kind)
  if not is_made(options.label) then backup.create(options) end
end

local function prove(run, kind)
  local result = backup.verify(label(run, kind), { scratch = run.inputs.test_url })
  run:evidence("backup " .. label(run, kind), { proof = result.proof, notes = result.notes })
  return result.proof
end

local function prove_restored(run, kind)
  local proof = prove(run, kind)
  return proof == "restored", ("%s came only as far as %s"):format(label(run, kind), proof)
end

local function back_up(title, kind, options)
  return { title, budget = "15m", tags = { "backup" },
    up = function(run)
      local given = {}
      for name, value in pairs(options) do given[name] = value end
      make(run, kind, given)
    end,
    verify = function(run) return prove_restored(run, kind) end }
end

-- Applying

local function contents_hold(run)
  local changed = checks.changes(run.contents, checks.contents(run.db))
  if run.counted_in == run.maintenance then return none(changed) end
  run:note("the application was open since the rows were counted", #changed == 0, joined(changed))
end

-- Also behind the end of maintenance: the schema is never taken back under an application that writes.
local function take_back(run)
  local was_on = application.in_maintenance(run)
  if not was_on then application.maintenance_on(run) end
  local ok, failure = pcall(function()
    run:migrate_down()
    if not run.dry_run and run.schema_before then
      run:check("the schema is what it was before", checks.digest_of(run.db) == run.schema_before)
    end
  end)
  if not was_on then application.maintenance_off(run) end
  if not ok then error(failure, 0) end
end

local function log_since(run, source, where)
  local lines = supabase.logs(run.inputs.project_ref, source,
    { api = run.inputs.api, since = run.began_at, till = time.now(), where = where, limit = 20 })
  local seen = {}
  for i, line in ipairs(lines) do seen[i] = ("%s %s"):format(tostring(line.at), line.message) end
  return none(seen)
end

local function supabase_agrees(run)
  local pending = supabase.push { dry_run = true }
  run:check("`supabase db push --dry-run` has nothing to push", #pending == 0, joined(pending))
  for _, each in ipairs(supabase.migrations()) do
    run:check(("%s is in the history and in the folder"):format(each.version), each.remote and each.locally)
  end
end

local function table_backups()
  local steps = {}
  for i, name in ipairs(baseline.critical) do
    steps[i] = back_up("Table " .. name, "table-" .. name:gsub("_", "-"), { tables = { name } })
  end
  return steps
end

local function phase(title, options, ...)
  local built = { title, budget = options.budget, tags = options.tags }
  for _, part in ipairs { ... } do
    if type(part[1]) == "table" then
      for _, step in ipairs(part) do built[#built + 1] = step end
    else
      built[#built + 1] = part
    end
  end
  return built
end

local function accept(title, text) return { title, manual = text } end

return runbook {
  title = "Consolidate the migrations into one baseline",
  description = "Adds what the consolidated schema has and production lacks (indexes, constraints, row level security, safer "
    .. "functions), and replaces the squashed versions in Supabase's history. No row is changed.",
  risk = "medium",
  budget = "4h",
  inputs = {
    project_ref = { required = true, pattern = "^" .. ("%l"):rep(20) .. "$", env = "SUPABASE_PROJECT_REF",
      description = "Reference of the production project" },
    app_url = { required = true, pattern = "^https?://[^/]+$", env = "APP_URL", description = "The application, without a path" },
    maintenance_token = { required = true, secret = true, env = "MAINTENANCE_TOKEN",
      description = "Bearer token for /admin/maintenance" },
    test_url = { required = true, secret = true, env = "TEST_DATABASE_URL",
      description = "A server where backups are restored and the baseline is rehearsed" },
    slack = { secret = true, env = "SLACK_WEBHOOK_URL", description = "Where the team is told; nowhere without" },
    api = { default = "https://api.supabase.com", description = "Supabase's Management API" },
    within = { type = "duration", default = "2m", description = "How long the application may take to answer" },
    watch = { type = "duration", default = "60m", description = "How long production is watched" },
    every = { type = "duration", default = "30s", description = "How often it is looked at meanwhile" },
  },
  preflight = needs,
  facts = {
    rows = false,
    expected = {
      tables = { 0, 3 }, columns = "any", constraints = { 0, 9 }, indexes = { 0, 6 }, policies = { 0, 11 }, functions = { 0, 1 },
      schemas = { 0, 1 }, schema = "any",
    },
  },
  on_error = function(run, failure, title)
    -- what is done about the failure does not wait for a chat that cannot be reached
    pcall(tell, run, ("%s on %s: %s failed: %s"):format(run.title, run.env, title, tostring(failure.message)))
  end,
  timers = { { "Post a status update to the team", every = "30m" } },
  phases = {
    phase("Prepare (T-120)", { budget = "30m" },
      { "Record what is there", up = function(run)
        run.schema_before = checks.digest_of(run.db)
        run:evidence("Supabase's history", checks.history(run.db))
        run:evidence("Supabase's own backups", supabase.backups(run.inputs.project_ref))
        run:evidence("notified", run.inputs.slack ~= nil)
      end },
      { "Tell the team", up = function(run) tell(run, run.title .. " begins on " .. run.env .. ": " .. run.id) end },
      accept("Tell the users", "Post the maintenance notice to the users and on the status page"),
      { "A second person agrees", approve = "Is the window agreed, are the contacts reachable, is the rollback understood?" }),

    phase("Back up (T-60)", { budget = "60m", tags = { "backup" } },
      back_up("Everything", "full", {}),
      back_up("The schema", "schema", { schema_only = true }),
      { "The rows", budget = "15m", up = function(run) make(run, "data", { data_only = true }) end,
        verify = function(run) return prove(run, "data") ~= "hash" end },
      table_backups(),
      { "Restore schema and rows, and rehearse the baseline on them", budget = "30m", up = function(run)
        if run.dry_run then return end
        local restored = rehearsal.run(run.db, run.inputs.test_url, "tide_" .. run.id:gsub("%W", "_"):lower(),
          { schema = label(run, "schema"), data = label(run, "data") })
        run:evidence("rows that came back", restored)
      end }),

    phase("Migrate (T-0)", { budget = "30m" },
      { "Begin", confirm = "Begin the migration now? The application goes into maintenance mode." },
      { "Maintenance on", always_down = true, budget = "1m",
        up = function(run)
          run.began_at = run.began_at or time.now()
          application.maintenance_on(run)
          run.maintenance = (run.maintenance or 0) + 1
        end,
        down = application.maintenance_off, verify = application.in_maintenance },
      { "Nobody writes any more", within = "5m", every = "1s", hold = function(run)
        local writers = checks.writers(run.db)
        return writers == 0, ("%d sessions have written and not committed"):format(writers)
      end },
      { "Count the rows", up = function(run)
        run.contents, run.counted_in = checks.contents(run.db), run.maintenance
        run:evidence("rows before", run.contents)
      end },
      back_up("Back up what a full rollback restores", "final", {}),
      { "Apply the baseline", budget = "10m",
        up = function(run) run:migrate { expect = 1, target = baseline.version } end,
        down = take_back,
        verify = function(run) return #run:migration_status().pending == 0, "the baseline is still pending" end },
      { "Supabase agrees", up = function(run) if not run.dry_run then supabase_agrees(run) end end }),

    phase("Validate (T+15)", { budget = "15m" },
      { "The schema is the consolidated one", up = function(run)
        local texts = {}
        for i, difference in ipairs(run.dry_run and {} or checks.differences(run.db)) do texts[i] = difference.text end
        run:check("no difference from the consolidated schema", none(texts))
      end },
      { "No row has changed", up = function(run)
        if run.dry_run then return end
        local holds, why = contents_hold(run)
        run:check("every table has the rows it had", holds ~= false, why)
      end },
      { "Foreign keys hold", up = function(run)
        local wrong, count = checks.foreign_keys(run.db)
        run:check(("all %d foreign keys are validated"):format(count), none(wrong))
      end },
      { "Row level security does what it should", up = function(run)
        if not run.dry_run then run:check("each role sees and does what it may", none(checks.row_security(run.db))) end
      end },
      { "Functions and triggers work", up = function(run)
        local why = checks.functions(run.db)
        run:check("two classes can be swapped, and are back in place", why == nil, why)
        run:check("every trigger is enabled", none(checks.triggers(run.db)))
      end },
      { "The database's log has no error", up = function(run)
        run:check("no error since T-0", log_since(run, "postgres_logs", ERRORS))
      end }),

    phase("Open (T+40)", { budget = "20m" },
      { "Maintenance off", ends = "Maintenance on", point_of_no_return = true },
      { "The application answers", up = application.endpoints_answer },
      accept("Sign in", "Sign in as a user and as an admin, and out again")),

    phase("Watch (T+60)", { budget = "90m", tags = { "watch" } },
      { "Watch production", up = function(run)
        run:watch({
          { "the application is healthy", application.is_healthy },
          { "no request fails", function() return log_since(run, "edge_logs", FAILED_REQUESTS) end },
          { "sign-in works", function() return log_since(run, "auth_logs", FAILED_SIGN_INS) end },
          { "the database has no error", function() return log_since(run, "postgres_logs", ERRORS) end },
          { "nobody waits for a lock", function()
            return run.db:value "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'" < 10
          end },
        }, { for_ = run.inputs.watch, every = run.inputs.every })
      end },
      accept("Objects", "Browse the tea ceremony objects"),
      accept("Local classes", "As an admin, move a local class up and down again"),
      accept("Gatherings", "Open a chakai, with its objects"),
      accept("Media", "Upload a picture, look at it, remove it"),
      { "Say that it is done", up = function(run) tell(run, run.title .. " is done on " .. run.env .. ": " .. run.id) end }),
  },
  success = {
    { "The baseline is applied, and nothing is pending", function(run) return #run:migration_status().pending == 0 end },
    { "The schema is the consolidated one", function(run) return #checks.differences(run.db) == 0 end },
    { "Every foreign key is validated", function(run) return none((checks.foreign_keys(run.db))) end },
    { "Row level security does what it should", function(run) return none(checks.row_security(run.db)) end },
    { "Functions and triggers work", function(run) return checks.functions(run.db) == nil and none(checks.triggers(run.db)) end },
    { "The application answers, out of maintenance", function(run)
      return not application.in_maintenance(run) and application.is_healthy(run)
    end },
  },
  follow_up = {
    "24 hours: watch all systems closely", "72 hours: go on watching error rates", "1 week: look at performance and stability",
    "1 month: archive the backups and the report; drop supabase_migrations.before_* and squashed_*, after which there is no down",
    "Update the documentation, and tell everybody concerned that the service is as usual",
  },
}
