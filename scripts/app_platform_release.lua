-- Releases pending migrations and the code that needs them to an app on DigitalOcean's App Platform, on staging or on
-- production. docs/runbooks/app_platform_release.md says how to run it, and what it does otherwise than the procedure it
-- comes from.
local runbook = require "tide.runbook"
local digitalocean = require "tide.digitalocean"
local git = require "tide.git"
local app = require "app"
local needs = require "needs"
local tool = require "tool"

local function label(run) return ("release-%s"):format(run.id):lower() end

local function on_production(run) return run.protected end

local function note_state(run)
  local plan = run:migration_plan()
  run.plan_hash, run.count = plan.hash, #plan.steps
  run.current = run:migration_status().current or "none"
  run.commit = git.commit()
  run:evidence("plan", plan.steps)
  run:evidence("current version", run.current)
  run:evidence("deployment", app.running(run))
end

-- The real statements, in a transaction that is rolled back.
local function dry_run(run)
  local result = tool.run(run, { "plan", "--sql" })
  if not result.recorded then run:evidence("what will be sent", result.out) end
end

-- Of what is left of it after a kill the hash is another one; the plan was noted before.
local function apply(run)
  local steps = run:migration_plan().steps
  run:migrate { plan_hash = #steps == run.count and run.plan_hash or nil, expect = run.count }
end

local function push(run)
  if git.remote_commit("origin", run.inputs.branch) ~= run.commit then git.push("origin", run.inputs.branch, run.commit) end
end

local function deploy(run)
  digitalocean.deploy(run.inputs.app)
  run.deployed = app.running(run)
end

local function watch(run)
  run:watch({
    { "the health endpoint", function() return app.is_well(run) end, every = run.inputs.watch_every },
    { "the log", function()
      local failures = app.failures(run)
      return #failures == 0, failures[1]
    end, every = run.inputs.watch_every },
  }, { for_ = run.inputs.watch })
end

local function checklist(title, text) return { title, manual = text, when = on_production, tags = { "checklist" } } end

return runbook {
  title = "Release to App Platform",
  description = "Pending migrations and the code that needs them, in maintenance mode",
  risk = "medium", budget = "1h",
  inputs = app.inputs_with {
    staging = { default = "staging", description = "The environment that must have the same migrations first; none without" },
    database = { default = "", description = "A pattern that the database's name must match, such as _production$" },
    startup = { default = "app/main.py", description = "Files that run when the application starts" },
    branch = { default = "main", description = "The branch that the app is built from" },
    longest_transaction = { type = "duration", default = "1m", description = "An older one would block the migrations" },
    watch = { type = "duration", default = "10m", description = "How long the open application is watched" },
    watch_every = { type = "duration", default = "10s" },
  },
  preflight = needs,
  facts = { rows = false,
    expected = { tables = "any", columns = "any", indexes = "any", constraints = "any", sequences = "any" } },
  timers = { { "Post a status update", every = "30m" } },
  phases = {
    { "Prepare", budget = "10m",
      { "Note what runs", up = note_state },
      checklist("Tell the team", "The maintenance window is announced"),
      checklist("Alerts", "Monitoring alerts are configured"),
      checklist("Contacts", "The emergency contacts can be reached, and know the way back"),
      { "A second person agrees", when = on_production, approve = "These migrations go to production now. Agreed?" } },
    { "Prove", budget = "30m",
      app.backup_step("Make a backup, and prove it", label),
      { "Danger check", up = tool.lint },
      { "Dry run", up = dry_run },
      { "Rehearse on that backup", up = function(run) tool.rehearse(run) end } },
    { "Close", budget = "5m",
      app.close_step(),
      { "Note the deployment to go back to", up = function(run) run.deployment = run.deployment or app.running(run) end } },
    { "Release", budget = "20m",
      { "Apply the migrations", budget = "10m", up = apply, down = function(run) run:migrate_down() end,
        verify = function(run) return #run:migration_status().pending == 0, "migrations are pending" end },
      { "Nothing differs from what the history implies", up = tool.drift },
      { "Push the code", up = push,
        verify = function(run) return git.remote_commit("origin", run.inputs.branch) == run.commit end },
      { "Deploy it", up = deploy, down = app.put_back,
        verify = function(run) return run.deployed ~= nil and app.running(run) == run.deployed end } },
    { "Open", budget = "5m",
      app.open_step,
      { "The application is well", up = app.wait_until_well } },
    { "Watch", budget = "20m",
      { "Watch", up = watch },
      checklist("Sentry", "Sentry shows no new errors"),
      checklist("Performance", "Response times and slow queries are as before") },
  },
  success = {
    { "Nothing is pending", function(run) return #run:migration_status().pending == 0 end },
    { "Nothing differs from what the history implies", tool.drift },
    { "The application is open and well", function(run) return not app.in_maintenance(run) and app.is_well(run) end },
    { "A backup was made and proven by restoring it", function(run)
      for _, saved in ipairs(backup.list()) do
        if saved.label == label(run) then return saved.proof == "restored" end
      end
      return false
    end },
  },
  follow_up = {
    "Look at errors and slow queries again after 24 hours",
    "app_platform_downgrade takes migrations back later; app_platform_recovery goes back to the backup",
  },
}
