-- The heroku CLI (8 or later), one function a command; each raises when the command fails. Where the CLI has --json that
-- is read, otherwise its text, whose form is that of its own tests. HEROKU_API_KEY is passed on where it is set.
local native = ...

local heroku = {}

local PASSED_ON = { "HEROKU_API_KEY", "NETRC", "XDG_CONFIG_HOME", "XDG_DATA_HOME", HEROKU_COLOR = "0" }

local function fail(message, detail) native.host.raise { kind = "io", message = message, detail = detail } end

-- heroku COMMAND --app APP ARGS ...
local function call(command, app, args, options)
  if type(app) ~= "string" or app == "" then
    native.host.raise { kind = "usage", message = ("heroku %s needs the app's name"):format(command) }
  end
  local argv, given = { "heroku", command, "--app", app }, { env = PASSED_ON, timeout = "5m" }
  for _, arg in ipairs(args or {}) do argv[#argv + 1] = arg end
  for name, value in pairs(options or {}) do given[name] = value end
  return shell.run(argv, given)
end

local function decoded(command, app, args)
  local result = call(command, app, args)
  return result.recorded and {} or json.decode(result.out)
end

local function trimmed(text) return (text:gsub("%s+$", "")) end

-- The e-mail address of who is logged in.
function heroku.whoami() return trimmed(shell.run({ "heroku", "auth:whoami" }, { env = PASSED_ON, timeout = "1m" }).out) end

-- The e-mail addresses of those who may work on the app.
function heroku.access(app)
  local emails = {}
  for i, entry in ipairs(decoded("access", app, { "--json" })) do emails[i] = entry.user and entry.user.email or entry.email end
  return emails
end

-- Whether the router answers for the app. Only web dynos are behind it: the others go on working.
function heroku.in_maintenance(app) return trimmed(call("maintenance", app).out) == "on" end

function heroku.maintenance_on(app) call("maintenance:on", app) end

function heroku.maintenance_off(app) call("maintenance:off", app) end

-- { name =, type =, state =, command = ... } of each dyno that is there.
function heroku.dynos(app) return decoded("ps", app, { "--json" }) end

-- { web = "1:Standard-1X", worker = "2:Standard-1X" }
function heroku.formation(app)
  local formation = {}
  for name, quantity in call("ps:scale", app).out:gmatch "([%w_-]+)=(%d+:%S+)" do formation[name] = quantity end
  return formation
end

-- { worker = 0 }, or what heroku.formation returned
function heroku.scale(app, formation)
  local changes = {}
  for name, quantity in pairs(formation) do changes[#changes + 1] = ("%s=%s"):format(name, quantity) end
  table.sort(changes)
  call("ps:scale", app, changes)
end

function heroku.restart(app) call("ps:restart", app) end

-- The newest lines of the log. options: num (100), source ("app", "heroku"), dyno
function heroku.logs(app, options)
  options = native.options("heroku.logs", options, { num = "number", source = "string", dyno = "string" })
  local args = { "--num", options.num or 100 }
  for _, name in ipairs { "source", "dyno" } do
    if options[name] then args[#args + 1], args[#args + 2] = "--" .. name, options[name] end
  end
  return call("logs", app, args).out
end

-- Runs a command in a one-off dyno, which works in maintenance mode too; its exit code counts. A list of one is a line for
-- the dyno's shell.
function heroku.run(app, argv, options)
  local args = { "--exit-code", "--no-tty", "--" }
  for _, arg in ipairs(argv) do args[#args + 1] = arg end
  return call("run", app, args, options)
end

-- { version = 12, status = "succeeded", current = true, description = "Deploy 1a2b3c4d" ... }, newest first
function heroku.releases(app, num) return decoded("releases", app, { "--json", "--num", num or 15 }) end

-- The one that runs; nil when nothing was released yet.
function heroku.current_release(app)
  for _, release in ipairs(heroku.releases(app)) do
    if release.current then return release end
  end
end

-- Makes a new release of the code and config of an older one.
function heroku.rollback(app, version) call("releases:rollback", app, { "v" .. version }) end

-- What pg:info shows of a database, by its own names: { Plan = "Mini", Connections = "3/20", ["PG Version"] = "15.4" ... }
function heroku.pg_info(app, database)
  local info = {}
  for line in call("pg:info", app, { database or "DATABASE_URL" }).out:gmatch "[^\n]+" do
    local name, value = line:match "^([%w][^:]-):%s+(.-)%s*$"
    if name then info[name] = value end
  end
  return info
end

-- Deletes all that is in the database.
function heroku.pg_reset(app, database)
  call("pg:reset", app, { database or "DATABASE_URL", "--confirm", app }, { timeout = "30m" })
end

local COMPLETE = { "Completed", "Finished with" }

-- { id = "b003", complete = true } of each backup at Heroku, newest first. Restores and copies stand below them.
function heroku.backups(app)
  local list, text = {}, call("pg:backups", app).out
  local section = text:match "=== Backups(.-)=== Restores" or text
  for line in section:gmatch "[^\n]+" do
    local id = line:match "^%A*([abo][ab]?%d+)%f[%s]"
    if id then
      local complete = false
      for _, word in ipairs(COMPLETE) do complete = complete or line:find(word, 1, true) ~= nil end
      list[#list + 1] = { id = id, complete = complete }
    end
  end
  return list
end

-- The id of the newest complete backup, made by hand, that is not among `before` (of heroku.backups); nil when there is none.
function heroku.newer_backup(app, before)
  local known = {}
  for _, each in ipairs(before) do known[each.id] = true end
  for _, each in ipairs(heroku.backups(app)) do
    if each.complete and each.id:find "^b" and not known[each.id] then return each.id end
  end
end

-- Captures a backup and waits for its end; returns its id.
function heroku.capture(app, database)
  local result = call("pg:backups:capture", app, { database or "DATABASE_URL" }, { timeout = "6h" })
  if result.recorded then return "b000" end
  local id = (result.out .. result.err):match "to%s+(b%d+)"
  if not id then fail("heroku pg:backups:capture did not say which backup it made", result.out .. result.err) end
  return id
end

-- { Status = "Completed", Database = "DATABASE", ["Backup Size"] = "1.40KB (0% compression)" ... }
function heroku.backup(app, id)
  local info = {}
  for line in call("pg:backups:info", app, { id }).out:gmatch "[^\n]+" do
    local name, value = line:match "^([%u][%w ]-):%s+(.-)%s*$"
    if name and not info[name] then info[name] = value end
  end
  return info
end

-- Puts a backup in the place of all that is in the database.
function heroku.restore(app, id, database)
  call("pg:backups:restore", app, { id, database or "DATABASE_URL", "--confirm", app }, { timeout = "6h" })
end

-- A backup every day at this hour: "02:00 UTC".
function heroku.schedule_backups(app, at, database)
  call("pg:backups:schedule", app, { database or "DATABASE_URL", "--at", at })
end

function heroku.unschedule_backups(app, database) call("pg:backups:unschedule", app, { database or "DATABASE_URL" }) end

-- { database = "DATABASE_URL", at = "2:00 UTC" } of each.
function heroku.backup_schedules(app)
  local list = {}
  for database, at in call("pg:backups:schedules", app).out:gmatch "([%w_]+): daily at ([^\n]+)" do
    list[#list + 1] = { database = database, at = at }
  end
  return list
end

-- Writes a backup, in pg_dump's custom format, to a file of the project.
function heroku.download(app, id, path) call("pg:backups:download", app, { id, "--output", path }, { timeout = "6h" }) end

return heroku
