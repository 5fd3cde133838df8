-- In an emergency: takes the schema back to an earlier version, in maintenance mode, and the deployment that fits it.
local runbook = require "tide.runbook"
local digitalocean = require "tide.digitalocean"
local app = require "app"
local tool = require "tool"

local function label(run) return ("downgrade-%s"):format(run.id):lower() end

-- A version, a unique beginning of one, or "004_groups_tables".
local function find(run)
  for _, each in ipairs(run:migration_status().applied) do
    if each.version == run.inputs.to or ("%s_%s"):format(each.version, each.name) == run.inputs.to then return each.version end
  end
end

local function above(run)
  local versions = {}
  for _, each in ipairs(run:migration_status().applied) do
    if tonumber(each.version) > tonumber(run.version) then versions[#versions + 1] = each.version end
  end
  return versions
end

local function restart(run)
  if run.inputs.deployment == "" then return digitalocean.restart(run.inputs.app) end
  run.deployment = run.inputs.deployment
  app.put_back(run)
end

return runbook {
  title = "Take the schema back to an earlier version", risk = "high", budget = "30m",
  inputs = app.inputs_with {
    to = { required = true, description = "The version that stays the last: 004, or 004_groups_tables" },
    deployment = { default = "", description = "The deployment that fits it; without, what runs is restarted" },
    longest_transaction = { type = "duration", default = "1m", description = "An older one would block it" },
  },
  preflight = function(run)
    app.need(run)
    tool.need(run)
    if not run:need_database { engine = "postgres" } then return end
    run:need_privilege "CREATEDB"
    run:no_blocking_transactions(run.inputs.longest_transaction)
    run:need_that(run.inputs.to .. " is applied, and is not the last", function()
      local status = run:migration_status()
      if #status.problems > 0 then return false, status.problems[1].message end
      local version = find(run)
      return version ~= nil and version ~= status.current, "the current one is " .. tostring(status.current)
    end)
  end,
  facts = { expected = { tables = "any", columns = "any", indexes = "any", constraints = "any", sequences = "any",
    rows = "any" } },
  phases = {
    { "Prepare",
      { "Note what is there", up = function(run)
        run.version, run.current = find(run), run:migration_status().current
        run.deployment = app.running(run)
        run:evidence("taken back", above(run))
      end },
      { "A second person agrees", when = function(run) return run.protected end,
        approve = "What these migrations hold is dropped. Agreed?" },
      app.close_step(),
      app.backup_step("Make a backup, and prove it", label) },
    { "Downgrade", budget = "10m",
      { "Take the migrations back", up = function(run)
        if #above(run) > 0 then run:migrate_down { to = run.version } end
      end,
        down = function(run)
          if run:migration_status().current ~= run.current then run:migrate { target = run.current } end
        end,
        verify = function(run) return #above(run) == 0, "some are still applied" end },
      { "Nothing differs from what the history implies", up = tool.drift },
      { "Restart the application", budget = "5m", up = restart } },
    { "Open",
      app.open_step,
      { "The application is well", up = app.wait_until_well } },
  },
  success = {
    { "The version is the wanted one", function(run) return run:migration_status().current == run.version end },
    { "The application is open and well", function(run) return not app.in_maintenance(run) and app.is_well(run) end },
  },
  follow_up = { "Find out what was wrong before the migrations are tried again" },
}
