-- Services of systemd, by systemctl and journalctl; on another machine with `through = ssh.through(...)`.
local native = ...

local OPTIONS = { through = "function", timeout = "string|number", user = "boolean" }
local LOGS = { through = "function", timeout = "string|number", user = "boolean", lines = "number", since = "string" }
local PROPERTIES = "--property=Id,LoadState,ActiveState,SubState,Result,MainPID,NRestarts"

local systemd = {}

local function check_unit(what, unit)
  if type(unit) ~= "string" or unit == "" or unit:sub(1, 1) == "-" then
    native.host.raise { kind = "usage", message = what .. " takes a unit, such as \"app.service\"" }
  end
end

local function run(program, args, options)
  local argv = { program }
  if options.user then argv[2] = "--user" end
  for _, word in ipairs(args) do argv[#argv + 1] = word end
  return (options.through or shell.run)(argv, { timeout = options.timeout or "2m" })
end

-- systemctl show answers for units that do not exist too; LoadState tells them apart.
function systemd.show(unit, options)
  check_unit("systemd.show", unit)
  options = native.options("systemd.show", options, OPTIONS)
  local result = run("systemctl", { "show", PROPERTIES, "--", unit }, options)
  local found = {}
  for name, value in result.out:gmatch("(%w+)=(%C*)") do found[name] = value end
  if not result.recorded and found.LoadState ~= "loaded" then
    native.host.raise { kind = "io", message = ("systemd has no unit %s: its LoadState is %s"):format(unit,
      found.LoadState or "not said") }
  end
  return { unit = found.Id or unit, active = found.ActiveState, sub = found.SubState, result = found.Result,
    pid = tonumber(found.MainPID), restarts = tonumber(found.NRestarts), recorded = result.recorded }
end

-- Whether it runs; the second value says what it does instead.
function systemd.active(unit, options)
  local state = systemd.show(unit, options)
  return state.recorded or state.active == "active", ("%s is %s (%s)"):format(unit, tostring(state.active), tostring(state.sub))
end

-- systemctl returns when the job is done; a service that fell over right after is a failure all the same.
local function verb(name, wanted)
  return function(unit, options)
    check_unit("systemd." .. name, unit)
    options = native.options("systemd." .. name, options, OPTIONS)
    local result = run("systemctl", { "--no-ask-password", name, "--", unit }, options)
    if result.recorded then return { unit = unit } end
    local state = systemd.show(unit, options)
    if (state.active == "active") ~= wanted then
      native.host.raise { kind = "verify", message = ("systemctl %s %s: it is %s (%s) afterwards, its result is %s"):format(
        name, unit, tostring(state.active), tostring(state.sub), tostring(state.result)) }
    end
    return state
  end
end

systemd.start = verb("start", true)
systemd.stop = verb("stop", false)
systemd.restart = verb("restart", true)
systemd.reload = verb("reload", true)

function systemd.daemon_reload(options)
  options = native.options("systemd.daemon_reload", options, OPTIONS)
  run("systemctl", { "--no-ask-password", "daemon-reload" }, options)
end

-- The last lines of its journal, the oldest first.
function systemd.logs(unit, options)
  check_unit("systemd.logs", unit)
  options = native.options("systemd.logs", options, LOGS)
  local args = { "--no-pager", "--output=cat", "--quiet", "--lines=" .. (options.lines or 50), "--unit=" .. unit }
  if options.since then args[#args + 1] = "--since=" .. options.since end
  local lines = {}
  for line in run("journalctl", args, options).out:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

return systemd
