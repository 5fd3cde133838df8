-- Node processes under pm2; on another machine with `through = ssh.through(...)`.
local native = ...

local OPTIONS = { through = "function", timeout = "string|number" }
local START = { through = "function", timeout = "string|number", update_env = "boolean" }
local LOGS = { through = "function", timeout = "string|number", lines = "number" }

local pm2 = {}

local function fail(kind, message) native.host.raise { kind = kind, message = message } end

local function check_name(what, name)
  if type(name) == "string" and name:find("^[^-]") then return end
  fail("usage", what .. " takes the name of an application")
end

local function run(args, options)
  return (options.through or shell.run)({ "pm2", unpack(args) }, { timeout = options.timeout or "2m" })
end

-- pm2 may print lines of its own ("[PM2] Spawning PM2 daemon") before the document.
local function document(out)
  for line in out:gmatch("[^\n]+") do
    if line:find("^%[{") or line:find("^%[%]") then return json.decode(line) end
  end
  fail("io", "pm2 jlist printed no list of processes")
end

local function processes_of(options)
  local result = run({ "jlist" }, options)
  if result.recorded then return {}, true end
  local processes = {}
  for i, each in ipairs(document(result.out)) do
    processes[i] = { name = each.name, id = each.pm_id, pid = each.pid, status = each.pm2_env.status,
      restarts = each.pm2_env.restart_time, memory = each.monit and each.monit.memory }
  end
  return processes
end

function pm2.list(options) return (processes_of(native.options("pm2.list", options, OPTIONS))) end

local function of_application(name, options)
  local found, all, recorded = {}, processes_of(options)
  for _, each in ipairs(all) do
    if each.name == name then found[#found + 1] = each end
  end
  return found, recorded
end

-- Whether all of its processes are online; the second value says what they do instead.
function pm2.online(name, options)
  check_name("pm2.online", name)
  local processes, recorded = of_application(name, native.options("pm2.online", options, OPTIONS))
  if recorded then return true end
  local all, seen = #processes > 0, {}
  for i, each in ipairs(processes) do
    all, seen[i] = all and each.status == "online", ("%s %s: %s"):format(name, tostring(each.id), tostring(each.status))
  end
  return all, #seen > 0 and table.concat(seen, ", ") or ("pm2 has no process called %s"):format(name)
end

local function expect_state(what, name, options, wanted)
  local online, seen = pm2.online(name, options)
  if online ~= wanted then fail("verify", ("%s: %s"):format(what, seen)) end
end

-- pm2 returns when it has sent the signal, and 0 for an application that ends at once: what it does then is looked at.
local function verb(name, wanted, fields)
  return function(application, options)
    check_name("pm2." .. name, application)
    options = native.options("pm2." .. name, options, fields)
    local args = { name, application }
    if options.update_env then args[3] = "--update-env" end
    local result = run(args, options)
    if not result.recorded then
      expect_state(("pm2 %s %s"):format(name, application), application,
        { through = options.through, timeout = options.timeout }, wanted)
    end
  end
end

pm2.start = verb("start", true, START)
pm2.restart = verb("restart", true, START)
pm2.reload = verb("reload", true, START)
pm2.stop = verb("stop", false, OPTIONS)

-- Keeps the list of processes for the next start of the machine.
function pm2.save(options) run({ "save" }, native.options("pm2.save", options, OPTIONS)) end

-- The last lines of its logs.
function pm2.logs(name, options)
  check_name("pm2.logs", name)
  options = native.options("pm2.logs", options, LOGS)
  local lines = {}
  for line in run({ "logs", name, "--nostream", "--raw", "--lines", options.lines or 50 }, options).out:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

return pm2
