-- After data was lost: goes back to a backup, with no instance of the application running, and up to a version again.
local runbook = require "tide.runbook"
local digitalocean = require "tide.digitalocean"
local app = require "app"
local tool = require "tool"

local function label(run) return ("before-recovery-%s"):format(run.id):lower() end

local function restored_label(run) return ("recovered-%s"):format(run.id):lower() end

local function goes_up(run) return run.inputs.to ~= "" end

local function when_it_goes_up(step)
  step.when = goes_up
  return step
end

local function is_archived(run) return digitalocean.is_archived(digitalocean.spec(run.inputs.app)) end

local function restore(run)
  local name = run.db.name
  run:disconnect()
  local result = backup.restore(run.inputs.backup, { confirm = { name, run.env } })
  run.kept = result.kept
  run:evidence("restored", { database = result.database, kept = result.kept, lost = result.lost, notes = result.notes })
end

return runbook {
  title = "Recover the data from a backup", risk = "high", budget = "2h",
  inputs = app.inputs_with {
    backup = { required = true, description = "Its label; `tide backup list` shows them" },
    to = { default = "", description = "The version to migrate up to afterwards; without, what the backup has" },
  },
  preflight = function(run)
    app.need(run)
    tool.need(run)
    if not run:need_database { engine = "postgres" } then return end
    run:need_privilege "CREATEDB"
    run:need_that("the backup is of this database, and whole", function()
      return backup.verify(run.inputs.backup, { level = "decompressed" }) ~= nil
    end)
    run:need_disk(("%dMB"):format(math.ceil(run.db:value "SELECT pg_database_size(current_database())" * 2 / 2 ^ 20)), ".")
  end,
  phases = {
    { "Stop",
      { "A second person agrees", when = function(run) return run.protected end,
        approve = "Everything written since the backup leaves the database. Agreed?" },
      { "Stop every instance", always_down = true, budget = "5m",
        up = function(run) digitalocean.archive(run.inputs.app) end,
        down = function(run) digitalocean.unarchive(run.inputs.app) end, verify = is_archived },
      { "Nobody is connected any more", hold = app.nobody_connected, every = "1s", within = "5m" } },
    { "Restore", budget = "1h",
      app.backup_step("Back up what is there now", label),
      { "Restore the backup", up = restore, verify = function(run) return run.kept ~= nil end,
        irreversible = "the database as it was stands beside it, under the name that the evidence says" },
      when_it_goes_up(app.backup_step("Back up what was restored, for the gates", restored_label)),
      { "Rehearse the way up", when = goes_up, up = function(run) tool.rehearse(run, run.inputs.to) end },
      { "Migrate up again", when = goes_up,
        up = function(run) run:migrate { target = run.inputs.to } end, down = function(run) run:migrate_down() end } },
    { "Start",
      { "Start the instances", ends = "Stop every instance" },
      { "The application is well", up = app.wait_until_well } },
  },
  success = {
    { "The application runs, open and well", function(run) return not is_archived(run) and app.is_well(run) end },
  },
  follow_up = {
    "Look at what was lost: the evidence of the restore lists the tables",
    "Drop the database that was kept, when nobody needs it",
  },
}
