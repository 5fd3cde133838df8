-- The ways back that scripts/supabase_baseline.lua does not go by itself (its own is --revert, which loses nothing):
--   application      the previous version of the application, on the new schema
--   backup           the whole database from a backup of ours; what was written since is kept beside it
--   point_in_time    the whole project from Supabase's own point-in-time recovery; what was written since is lost
local runbook = require "tide.runbook"
local supabase = require "tide.supabase"
local application = require "application"
local checks = require "checks"

local function of(mode) return function(run) return run.inputs.mode == mode end end

local function need_given(run, name)
  run:need((run.inputs[name] or "") ~= "", ("the input %s is given, which mode %s needs"):format(name, run.inputs.mode))
end

local function others_connected(run)
  return run.db:value [[SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend']]
end

local NEEDS = {
  application = function(run)
    need_given(run, "release")
    run:need_that("the release is a commit of this repository", function()
      local commit = run.inputs.release .. "^{commit}"
      local found = shell.run({ "git", "rev-parse", "--verify", "--quiet", "--end-of-options", commit },
        { check = false, timeout = "30s" })
      return found.code == 0, "git does not know " .. run.inputs.release
    end)
    run:need_file(run.inputs.deploy)
  end,
  backup = function(run)
    need_given(run, "backup")
    run:need_that("the backup holds, and is of this database", function()
      return backup.verify(run.inputs.backup, { level = "decompressed" }) ~= nil
    end)
    run:need_privilege "CREATEDB"
    run:need_that("nobody else is connected (on Supabase's platform always somebody is: take point_in_time there)", function()
      local count = others_connected(run)
      return count == 0, ("%d sessions are"):format(count)
    end)
  end,
  point_in_time = function(run)
    need_given(run, "at")
    need_given(run, "project_ref")
    run:need_that("the project has point-in-time recovery", function()
      return supabase.backups(run.inputs.project_ref).pitr, "PITR is not enabled for it"
    end)
    run:need_that("the moment is in the past", function() return time.parse(run.inputs.at) < time.epoch() end)
  end,
}

local function keep_label(run) return ("emergency-%s"):format(run.id):lower() end

local function keep_what_is_there(run)
  for _, saved in ipairs(backup.list()) do
    if saved.label == keep_label(run) and not saved.problem then return end
  end
  backup.create { label = keep_label(run) }
end

local function restore_backup(run)
  local name = run.db.name
  run:disconnect()
  local result = backup.restore(run.inputs.backup, { confirm = { name, run.env } })
  run:evidence("restored", { database = result.database, kept = result.kept, lost = result.lost, notes = result.notes })
end

return runbook {
  title = "Emergency rollback of the consolidated baseline",
  risk = "high", budget = "1h",
  inputs = {
    mode = { required = true, choices = { "application", "backup", "point_in_time" }, description = "The way back" },
    app_url = { required = true, pattern = "^https?://[^/]+$", env = "APP_URL", description = "The application, without a path" },
    maintenance_token = { required = true, secret = true, env = "MAINTENANCE_TOKEN",
      description = "Bearer token for /admin/maintenance" },
    release = { default = "", description = "Mode application: the commit that is deployed again" },
    deploy = { default = "./deploy", description = "Mode application: the program that deploys the commit in $RELEASE" },
    backup = { default = "", description = "Mode backup: its label; `baseline-RUN-final` was made in maintenance mode" },
    at = { default = "", description = "Mode point_in_time: the moment, as ISO time in UTC" },
    project_ref = { default = "", env = "SUPABASE_PROJECT_REF", description = "Mode point_in_time: the project" },
    within = { type = "duration", default = "2m", description = "How long the application may take to answer" },
    restored_within = { type = "duration", default = "1h", description = "How long a point-in-time recovery may take" },
  },
  preflight = function(run)
    NEEDS[run.inputs.mode](run)
    run:need_that("maintenance mode can be reached", function() return application.in_maintenance(run) ~= nil end)
  end,
  phases = {
    { "Stop",
      { "A second person agrees", approve = "Is this the way back, and is what it loses understood?" },
      { "Maintenance on", always_down = true, up = application.maintenance_on, down = application.maintenance_off,
        verify = application.in_maintenance } },
    { "Go back",
      { "Deploy the earlier application", when = of "application", budget = "15m",
        up = function(run) shell.run({ run.inputs.deploy }, { env = { RELEASE = run.inputs.release }, timeout = "30m" }) end },
      { "The schema stays the consolidated one", when = of "application",
        up = function(run) run:check("no difference from the consolidated schema", #checks.differences(run.db) == 0) end },
      { "Back up what is there now", when = of "backup", up = keep_what_is_there,
        verify = function(run) backup.verify(keep_label(run)) end },
      { "Restore the backup", when = of "backup", budget = "30m", up = restore_backup,
        irreversible = "the database as it was before stands beside it, under the name that the evidence says" },
      { "Ask Supabase for the moment", when = of "point_in_time", up = function(run)
        supabase.restore(run.inputs.project_ref, math.floor(time.parse(run.inputs.at)))
      end, irreversible = "Supabase has replaced the whole project" },
      { "The project is healthy again", when = of "point_in_time", up = function(run)
        run:hold_until(function()
          local project = supabase.project(run.inputs.project_ref)
          return project.status == "ACTIVE_HEALTHY", "it is " .. project.status
        end, { within = run.inputs.restored_within, every = "10s" })
      end },
      { "Say what is there", up = function(run)
        run:evidence("Supabase's history", checks.history(run.db))
        run:evidence("rows", checks.contents(run.db))
      end } },
    { "Open",
      { "Maintenance off", ends = "Maintenance on" },
      { "The application answers", up = application.endpoints_answer } },
  },
  success = {
    { "The application is out of maintenance", function(run) return not application.in_maintenance(run) end },
  },
  follow_up = {
    "Find out why, before the baseline is tried again",
    "Mode backup: drop the database that was kept, when nobody needs it",
  },
}
