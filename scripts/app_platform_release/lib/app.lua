-- The app at DigitalOcean's App Platform: what runs, whether it is closed, what it answers and logs.
local digitalocean = require "tide.digitalocean"

local app = {}

local FAILURES = { "ERROR", "CRITICAL", "Traceback", "does not exist" }

app.inputs = {
  app = { required = true, env = "APP_ID", pattern = "^%x[%x-]+$", description = "The id of the app" },
  url = { required = true, env = "APP_URL", pattern = "^https?://[^/]+$", description = "The application, without a path" },
  health = { default = "/health", description = "The path that answers 200 when the application is well" },
  within = { type = "duration", default = "5m", description = "How long the application may take to be well" },
  api_token = { secret = true, env = "DIGITALOCEAN_ACCESS_TOKEN", required = true,
    description = "For the way back of a deployment" },
  api = { default = "https://api.digitalocean.com", description = "DigitalOcean's API" },
}

function app.inputs_with(more)
  local inputs = {}
  for name, input in pairs(app.inputs) do inputs[name] = input end
  for name, input in pairs(more) do inputs[name] = input end
  return inputs
end

function app.need(run)
  run:need_command("doctl", ">= 1.120", { "version" })
  run:need_that("doctl works as somebody, who sees the app", function()
    return digitalocean.account() ~= nil and digitalocean.app(run.inputs.app) ~= nil
  end)
end

function app.maintenance_on(run) digitalocean.maintenance_on(run.inputs.app) end

function app.maintenance_off(run) digitalocean.maintenance_off(run.inputs.app) end

function app.in_maintenance(run) return digitalocean.in_maintenance(digitalocean.spec(run.inputs.app)) end

-- The steps that close it and open it again.
function app.close_step()
  return { "Maintenance on", always_down = true, budget = "5m", up = app.maintenance_on, down = app.maintenance_off,
    verify = app.in_maintenance }
end

app.open_step = { "Maintenance off", ends = "Maintenance on" }

function app.running(run)
  for _, each in ipairs(digitalocean.deployments(run.inputs.app)) do
    if each.phase == "ACTIVE" then return each.id end
  end
end

function app.is_well(run)
  local response = http.get(run.inputs.url .. run.inputs.health, { timeout = "10s" })
  return response.recorded or response.status == 200, ("%s answers %d"):format(run.inputs.health, response.status)
end

function app.wait_until_well(run)
  run:hold_until(function() return app.is_well(run) end, { within = run.inputs.within, every = "1s" })
end

-- Back to what ran before, and waits for it. A deployment brings its spec along: one that was noted in maintenance mode
-- leaves the app closed.
function app.put_back(run)
  if app.running(run) == run.deployment then return end
  digitalocean.rollback(run.inputs.app, run.deployment, { token = run.inputs.api_token, api = run.inputs.api })
  run:hold_until(function() return digitalocean.active(run.inputs.app) end, { within = "15m", every = "5s" })
end

-- Lines of the log that tell of a failure.
function app.failures(run)
  local found = {}
  for _, line in ipairs(digitalocean.logs(run.inputs.app, { lines = 100 })) do
    for _, pattern in ipairs(FAILURES) do
      if line:find(pattern) then
        found[#found + 1] = line
        break
      end
    end
  end
  return found
end

-- Nobody but us is connected.
function app.nobody_connected(run)
  local count = run.db:value [[SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend']]
  return count == 0, ("%d sessions are connected"):format(count)
end

local function is_there(label)
  for _, saved in ipairs(backup.list()) do
    if saved.label == label and not saved.problem then return saved end
  end
end

-- A backup of this run, made once, and proven by restoring it.
function app.backup_step(title, label_of)
  return { title, budget = "30m",
    up = function(run)
      if not is_there(label_of(run)) then backup.create { label = label_of(run) } end
    end,
    verify = function(run)
      local proof = backup.verify(label_of(run)).proof
      return proof == "restored", "it is proven as far as " .. proof
    end }
end

return app
