-- Apps on DigitalOcean's App Platform, by doctl; what doctl has no command for, by DigitalOcean's API.
local native = ...

local OPTIONS = { context = "string", timeout = "string|number" }
local RESTART = { context = "string", timeout = "string|number", components = "table" }
local LOGS = { context = "string", timeout = "string|number", component = "string", type = "string", lines = "number" }
local ROLLBACK = { token = "string", api = "string" }
local COMPONENTS = { "services", "workers" }

local digitalocean = {}

local function raise(kind, message) native.host.raise { kind = kind, message = message } end

local function check_app(what, app)
  if type(app) == "string" and app:find "^%x[%x-]+$" then return end
  raise("usage", what .. " takes the id of an app, as `doctl apps list` prints it")
end

local function run(args, options, stdin)
  local argv = { "doctl", unpack(args) }
  if options.context then
    argv[#argv + 1] = "--context"
    argv[#argv + 1] = options.context
  end
  return shell.run(argv, { env = { "DIGITALOCEAN_ACCESS_TOKEN" }, stdin = stdin, timeout = options.timeout or "15m" })
end

local function document(args, options)
  args[#args + 1] = "--output"
  args[#args + 1] = "json"
  local result = run(args, options)
  if result.recorded then return nil end
  return json.decode(result.out)
end

local function first(list) return list and (list[1] or list) end

-- The e-mail address of the account that doctl works as.
function digitalocean.account(options)
  local account = document({ "account", "get" }, native.options("digitalocean.account", options, OPTIONS))
  return account and first(account).email
end

function digitalocean.app(app, options)
  check_app("digitalocean.app", app)
  return first(document({ "apps", "get", app }, native.options("digitalocean.app", options, OPTIONS)))
end

-- Newest first.
function digitalocean.deployments(app, options)
  check_app("digitalocean.deployments", app)
  return document({ "apps", "list-deployments", app }, native.options("digitalocean.deployments", options, OPTIONS)) or {}
end

-- Whether its newest deployment is the one that runs; the second value says what it is instead.
function digitalocean.active(app, options)
  check_app("digitalocean.active", app)
  local deployments = document({ "apps", "list-deployments", app }, native.options("digitalocean.active", options, OPTIONS))
  if not deployments then return true end
  local newest = deployments[1]
  if not newest then return false, "the app was never deployed" end
  return newest.phase == "ACTIVE", ("deployment %s is %s"):format(newest.id, newest.phase)
end

local function expect_active(what, app, options)
  local active, seen = digitalocean.active(app, { context = options.context, timeout = options.timeout })
  if not active then raise("verify", ("%s: %s"):format(what, seen)) end
end

-- Builds and deploys what the app's branch has, and waits until that runs.
function digitalocean.deploy(app, options)
  check_app("digitalocean.deploy", app)
  options = native.options("digitalocean.deploy", options, OPTIONS)
  run({ "apps", "create-deployment", app, "--wait" }, options)
  expect_active("doctl apps create-deployment", app, options)
end

function digitalocean.restart(app, options)
  check_app("digitalocean.restart", app)
  options = native.options("digitalocean.restart", options, RESTART)
  local args = { "apps", "restart", app, "--wait" }
  if options.components then
    args[#args + 1] = "--components"
    args[#args + 1] = table.concat(options.components, ",")
  end
  run(args, options)
  expect_active("doctl apps restart", app, options)
end

-- As a table; --format json is of this command, --output of all others.
function digitalocean.spec(app, options)
  check_app("digitalocean.spec", app)
  local result = run({ "apps", "spec", "get", app, "--format", "json" }, native.options("digitalocean.spec", options, OPTIONS))
  return result.recorded and {} or json.decode(result.out)
end

-- Deploys the app with another spec and the code that it has.
function digitalocean.update(app, spec, options)
  check_app("digitalocean.update", app)
  options = native.options("digitalocean.update", options, OPTIONS)
  run({ "apps", "update", app, "--spec", "-", "--wait" }, options, json.encode(spec))
  expect_active("doctl apps update", app, options)
end

-- Instances of each service and worker, by name.
function digitalocean.instances(spec)
  local counts = {}
  for _, kind in ipairs(COMPONENTS) do
    for _, each in ipairs(spec[kind] or {}) do counts[each.name] = each.instance_count or 1 end
  end
  return counts
end

function digitalocean.is_archived(spec) return spec.maintenance ~= nil and spec.maintenance.archive == true end

function digitalocean.in_maintenance(spec) return spec.maintenance ~= nil and spec.maintenance.enabled == true end

-- Turns these members of the spec's maintenance on or off, where `is_on` says that they are not so yet.
local function switch(what, is_on, members, on)
  return function(app, options)
    check_app(what, app)
    options = native.options(what, options, OPTIONS)
    local spec = digitalocean.spec(app, options)
    if is_on(spec) == on then return end
    spec.maintenance = spec.maintenance or {}
    for _, member in ipairs(members) do spec.maintenance[member] = on end
    digitalocean.update(app, spec, options)
  end
end

-- App Platform has no zero instances: an archived app is one that runs nothing, and answers with its offline page.
-- Archived, it is in maintenance mode too; taken back, it is in neither.
local ARCHIVE = { "archive", "enabled" }
digitalocean.archive = switch("digitalocean.archive", digitalocean.is_archived, ARCHIVE, true)
digitalocean.unarchive = switch("digitalocean.unarchive", digitalocean.is_archived, ARCHIVE, false)

-- Maintenance mode: the components go on to run, and visitors see the offline page.
digitalocean.maintenance_on = switch("digitalocean.maintenance_on", digitalocean.in_maintenance, { "enabled" }, true)
digitalocean.maintenance_off = switch("digitalocean.maintenance_off", digitalocean.in_maintenance, { "enabled" }, false)

-- The last lines that the app wrote.
function digitalocean.logs(app, options)
  check_app("digitalocean.logs", app)
  options = native.options("digitalocean.logs", options, LOGS)
  local args = { "apps", "logs", app, options.component }
  for _, word in ipairs { "--type", options.type or "run", "--tail", tostring(options.lines or 50) } do args[#args + 1] = word end
  local lines = {}
  for line in run(args, options).out:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

-- doctl cannot: POST /v2/apps/APP/rollback. With skip_pin the app takes later deployments again.
function digitalocean.rollback(app, deployment, options)
  check_app("digitalocean.rollback", app)
  options = native.options("digitalocean.rollback", options, ROLLBACK)
  http.request { method = "POST", url = ("%s/v2/apps/%s/rollback"):format(options.api or "https://api.digitalocean.com", app),
    json = { deployment_id = deployment, skip_pin = true }, bearer = options.token, check = true, timeout = "30s" }
end

return digitalocean
