-- The second way back of scripts/prisma_deploy.lua: the whole database from a backup, with the application stopped. What was
-- written since the backup is not in it; the database as it was stays beside it, under another name.
local runbook = require "tide.runbook"
local application = require "application"
local inputs = require "inputs"
local needs = require "needs"

local function keep_label(run) return ("before-restore-%s"):format(run.id):lower() end

local function is_made(name)
  for _, saved in ipairs(backup.list()) do
    if saved.label == name and not saved.problem then return true end
  end
  return false
end

-- Restored twice it would lose nothing more, but would keep a second copy.
local function restore(run)
  local name = run.db.name
  run:disconnect()
  local result = backup.restore(run.inputs.backup, { confirm = { name, run.env } })
  run.kept = result.kept
  run:evidence("restored", { database = result.database, kept = result.kept, lost = result.lost, notes = result.notes })
end

local function sessions(run)
  local count = run.db:value [[SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend']]
  return count == 0, ("%d sessions are connected"):format(count)
end

return runbook {
  title = "Restore production from a backup",
  risk = "high", budget = "1h",
  inputs = inputs {
    backup = { required = true, description = "Its label; `prisma-RUN` was made by the deployment" },
    commit = { default = "", description = "The commit that fits the backup; the code stays as it is without" },
  },
  preflight = needs.restore,
  phases = {
    { "Stop",
      { "A second person agrees", approve = "Everything written since the backup leaves the database. Agreed?" },
      { "Stop the application", always_down = true, budget = "2m", up = application.stop, down = application.start,
        verify = function(run) return not application.online(run), "it still runs" end },
      { "Nobody is connected any more", hold = sessions, every = "1s", within = "3m" } },
    { "Restore",
      { "Back up what is there now", budget = "10m",
        up = function(run)
          if not is_made(keep_label(run)) then backup.create { label = keep_label(run) } end
        end,
        verify = function(run) return backup.verify(keep_label(run), { level = "decompressed" }) ~= nil end },
      { "Restore the backup", budget = "30m", up = restore, verify = function(run) return run.kept ~= nil end,
        irreversible = "the database as it was stands beside it, under the name that the evidence says" },
      { "Put the code back", when = function(run) return run.inputs.commit ~= "" and application.has_checkout(run) end,
        up = function(run)
          application.put_back_code(run, run.inputs.commit)
          application.install(run)
        end } },
    { "Start",
      { "Start the application", ends = "Stop the application" },
      { "The application is well", up = function(run)
        run:hold_until(function() return application.answers(run, run.inputs.health) end,
          { within = run.inputs.within, every = "1s" })
      end } },
  },
  success = {
    { "The application runs", function(run) return application.online(run) end },
    { "The application is well", function(run) return application.answers(run, run.inputs.health) end },
  },
  follow_up = {
    "Look at what was lost: the evidence of the restore lists the tables",
    "Drop the database that was kept, when nobody needs it",
  },
}
