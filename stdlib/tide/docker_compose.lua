-- Services of a Compose project, by `docker compose`; on another machine with `through = ssh.through(...)`.
local native = ...

local PROJECT = { file = "string|table", project = "string", through = "function", timeout = "string|number" }

local function fields(more)
  for name, kind in pairs(PROJECT) do more[name] = kind end
  return more
end

local OPTIONS = fields {}
local UP = fields { within = "string|number", build = "boolean", scale = "table" }
local STOP = fields { grace = "string|number" }
local LOGS = fields { lines = "number", since = "string" }
local EXEC = fields { check = "boolean", stdin = "string", user = "string" }

local compose = {}

local function fail(kind, message) native.host.raise { kind = kind, message = message } end

local function seconds(value, what) return math.ceil(native.host.duration(value, "docker_compose: " .. what) / 1000) end

-- One service, or a list of them; nil is all.
local function services_of(what, services)
  if services == nil then return {} end
  local list = type(services) == "table" and services or { services }
  for _, name in ipairs(list) do
    if type(name) ~= "string" or not name:find("^[%w_]") then
      fail("usage", ("%s takes a service, or a list of them, such as { \"web\", \"worker\" }"):format(what))
    end
  end
  return list
end

local function append(argv, more)
  for _, word in ipairs(more) do argv[#argv + 1] = word end
  return argv
end

local function run(args, options, more)
  local argv = { "docker", "compose" }
  local files = type(options.file) == "table" and options.file or { options.file }
  for _, file in ipairs(files) do append(argv, { "--file", file }) end
  if options.project then append(argv, { "--project-name", options.project }) end
  local given = { timeout = options.timeout or "5m" }
  for name, value in pairs(more or {}) do given[name] = value end
  return (options.through or shell.run)(append(argv, args), given)
end

-- What is read is checked: the compose file is valid, its variables are set.
function compose.check(options)
  run({ "config", "--quiet" }, native.options("docker_compose.check", options, OPTIONS))
end

-- Creates or recreates what changed, and waits until all runs, and is healthy where it has a check.
function compose.up(services, options)
  options = native.options("docker_compose.up", options, UP)
  local args = { "up", "--detach", "--wait", "--wait-timeout", tostring(seconds(options.within or "2m", "within")) }
  if options.build then args[#args + 1] = "--build" end
  for name, count in pairs(options.scale or {}) do append(args, { "--scale", ("%s=%d"):format(name, count) }) end
  run(append(args, services_of("docker_compose.up", services)), options)
end

-- Documents of `ps --format json`: one a line from Compose 2.21 on, a list of them before.
local function documents(out)
  if out:find("^%s*%[") then return json.decode(out) end
  local list = {}
  for line in out:gmatch("[^\n]+") do list[#list + 1] = json.decode(line) end
  return list
end

local function containers_of(what, services, options)
  local result = run(append({ "ps", "--all", "--format", "json" }, services_of(what, services)), options)
  local containers = {}
  for i, each in ipairs(documents(result.out)) do
    containers[i] = { name = each.Name, service = each.Service, state = each.State, exit_code = each.ExitCode,
      health = each.Health ~= "" and each.Health or nil }
  end
  return containers, result.recorded
end

-- Its containers, those that are stopped too.
function compose.ps(services, options)
  return (containers_of("docker_compose.ps", services, native.options("docker_compose.ps", options, OPTIONS)))
end

local function is_up(container)
  return container.state == "running" and (container.health == nil or container.health == "healthy")
end

local function seen_of(containers)
  local seen = {}
  for i, each in ipairs(containers) do
    seen[i] = ("%s is %s%s"):format(each.service, each.state, each.health and " and " .. each.health or "")
  end
  return #seen > 0 and table.concat(seen, ", ") or "there is no container"
end

-- Whether every container of these services runs, and is healthy where it has a check; the second value says what it saw.
function compose.running(services, options)
  local what = "docker_compose.running"
  local containers, recorded = containers_of(what, services, native.options(what, options, OPTIONS))
  if recorded then return true end
  local up, found = #containers > 0, {}
  for _, each in ipairs(containers) do up, found[each.service] = up and is_up(each), true end
  for _, name in ipairs(services_of(what, services)) do
    if not found[name] then return false, ("%s has no container"):format(name) end
  end
  return up, seen_of(containers)
end

-- `wanted` says what every container of the services must be afterwards.
local function verb(name, wanted, allowed)
  return function(services, options)
    local what = "docker_compose." .. name
    options = native.options(what, options, allowed)
    local args = { name }
    if options.grace then append(args, { "--timeout", tostring(seconds(options.grace, "grace")) }) end
    run(append(args, services_of(what, services)), options)
    local containers = containers_of(what, services, options)
    for _, each in ipairs(containers) do
      if (each.state == "running") ~= wanted then
        fail("verify", ("docker compose %s: %s"):format(name, seen_of(containers)))
      end
    end
  end
end

compose.start = verb("start", true, OPTIONS)
compose.stop = verb("stop", false, STOP)
compose.restart = verb("restart", true, STOP)

-- A program in a running container of the service, without a terminal.
function compose.exec(service, argv, options)
  options = native.options("docker_compose.exec", options, EXEC)
  local args = { "exec", "-T" }
  if options.user then append(args, { "--user", options.user }) end
  append(append(args, services_of("docker_compose.exec", service)), argv)
  return run(args, options, { check = options.check, stdin = options.stdin })
end

-- The last lines that these services wrote.
function compose.logs(services, options)
  options = native.options("docker_compose.logs", options, LOGS)
  local args = { "logs", "--no-color", "--no-log-prefix", "--tail", tostring(options.lines or 50) }
  if options.since then append(args, { "--since", options.since }) end
  local lines = {}
  for line in run(append(args, services_of("docker_compose.logs", services)), options).out:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

return compose
