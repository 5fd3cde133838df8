-- The application: where it runs, its code there, what it answers and what it logs.
local compose = require "tide.docker_compose"
local digitalocean = require "tide.digitalocean"
local pm2 = require "tide.pm2"
local ssh = require "tide.ssh"
local systemd = require "tide.systemd"

local application = {}

local FAILURES = { "PrismaClient%a*Error", "%f[%w]P2%d%d%d%f[%W]", "Unhandled", "does not exist", "ECONNREFUSED", "^%a*Error:" }

local function server(run)
  if run.inputs.server == "" then return nil end
  return ssh.through(run.inputs.server)
end

local function options(run) return { through = server(run) } end

local function pm2_app(verb)
  return function(run) pm2[verb](run.inputs.process, options(run)) end
end

local function unit(verb)
  return function(run) systemd[verb](run.inputs.process, options(run)) end
end

local function compose_options(run)
  return { through = server(run), file = run.inputs.directory .. "/docker-compose.yml" }
end

local function service(verb)
  return function(run) compose[verb](run.inputs.process, compose_options(run)) end
end

local function app(verb)
  return function(run) digitalocean[verb](run.inputs.process) end
end

local PLATFORMS = {
  pm2 = {
    restart = pm2_app "restart", stop = pm2_app "stop", start = pm2_app "start",
    online = function(run) return pm2.online(run.inputs.process, options(run)) end,
    logs = function(run) return pm2.logs(run.inputs.process, options(run)) end,
  },
  systemd = {
    restart = unit "restart", stop = unit "stop", start = unit "start",
    online = function(run) return systemd.active(run.inputs.process, options(run)) end,
    logs = function(run) return systemd.logs(run.inputs.process, options(run)) end,
  },
  compose = {
    restart = service "restart", stop = service "stop", start = service "start",
    online = function(run) return compose.running(run.inputs.process, compose_options(run)) end,
    logs = function(run) return compose.logs(run.inputs.process, compose_options(run)) end,
  },
  app_platform = {
    restart = app "deploy", stop = app "archive", start = app "unarchive",
    online = function(run) return digitalocean.active(run.inputs.process) end,
    logs = function(run) return digitalocean.logs(run.inputs.process) end,
  },
}

application.platforms = { "pm2", "systemd", "compose", "app_platform" }

local function on_platform(verb)
  return function(run) return PLATFORMS[run.inputs.platform][verb](run) end
end

application.restart = on_platform "restart"
application.stop = on_platform "stop"
application.start = on_platform "start"
application.online = on_platform "online"
application.logs = on_platform "logs"

-- App Platform builds from the branch by itself; elsewhere there is a checkout.
function application.has_checkout(run) return run.inputs.platform ~= "app_platform" end

local function there(run, argv, given)
  given = given or {}
  given.cwd = run.inputs.directory
  return (server(run) or shell.run)(argv, given)
end

local function git(run, ...) return (there(run, { "git", ... }, { timeout = "2m" }).out:gsub("%s+$", "")) end

function application.commit(run) return git(run, "rev-parse", "HEAD") end

function application.changes(run) return git(run, "status", "--porcelain", "--untracked-files=no") end

-- Forward only: what was committed over there is never thrown away.
function application.get_code(run, commit)
  git(run, "fetch", "origin")
  git(run, "merge", "--ff-only", commit)
end

function application.put_back_code(run, commit) git(run, "reset", "--keep", commit) end

function application.install(run) there(run, { "npm", "ci" }, { timeout = "10m" }) end

-- The names of the variables in its .env that have a value; the values stay where they are.
function application.variables(run)
  local found = {}
  local result = there(run, { "sed", "-n", "s/^\\([A-Za-z0-9_]*\\)=..*$/\\1/p", ".env" }, { timeout = "30s" })
  for name in result.out:gmatch "[^\n]+" do found[name] = true end
  return found
end

function application.deployment(run)
  for _, each in ipairs(digitalocean.deployments(run.inputs.process)) do
    if each.phase == "ACTIVE" then return each.id end
  end
end

function application.put_back_deployment(run, deployment)
  if application.deployment(run) == deployment then return end
  digitalocean.rollback(run.inputs.process, deployment, { token = run.inputs.api_token, api = run.inputs.api })
  run:hold_until(function() return digitalocean.active(run.inputs.process) end, { within = "15m", every = "5s" })
end

-- Whether a path answers 200. What it answers beside that is not said: an answer may hold anything.
function application.answers(run, path, token)
  local response = http.get(run.inputs.url .. path, { bearer = token, timeout = "10s" })
  return response.recorded or response.status == 200, ("%s answers %d"):format(path, response.status)
end

local function tells_of_failure(line)
  for _, pattern in ipairs(FAILURES) do
    if line:find(pattern) then return true end
  end
  return false
end

-- How often each line that tells of a failure is in the log, by its digest: the line itself may hold anything.
function application.failures(run)
  local counts = {}
  for _, line in ipairs(application.logs(run)) do
    if tells_of_failure(line) then
      local digest = sha256(line)
      counts[digest] = (counts[digest] or 0) + 1
    end
  end
  return counts
end

-- Lines that tell of a failure and were not in the log before.
function application.new_failures(run, before)
  local new, counts = {}, {}
  for _, line in ipairs(application.logs(run)) do
    local digest = sha256(line)
    counts[digest] = (counts[digest] or 0) + 1
    if tells_of_failure(line) and counts[digest] > (before[digest] or 0) then new[#new + 1] = line end
  end
  return new
end

return application
