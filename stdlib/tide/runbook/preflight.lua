-- What must be true before step 1. Each need is looked at at once and noted; what is missing is said together at the end.
local native = ...

local needs = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function text(what, value)
  if type(value) ~= "string" or value == "" then usage(what .. " takes a text") end
  return value
end

local function note(run, name, ok, message)
  run.runner:need { name = name, ok = ok and true or false, message = not ok and message or nil }
  return ok and true or false
end

local function reason(failure)
  return type(failure) == "table" and failure.message or tostring(failure)
end

-- note() of what a function finds: true, or false and why; what it raises is a reason too.
local function probe(run, name, fn)
  local ok, found, why = pcall(fn)
  if not ok then
    if type(found) == "table" and (found.kind == "interrupted" or found.kind == "usage") then error(found, 0) end
    return note(run, name, false, reason(found))
  end
  return note(run, name, found, why)
end

-- need(holds, what must be true, why it matters or what to do)
function needs.need(run, holds, name, message) return note(run, text("run:need", name), holds, message) end

-- A function that returns whether it holds, and what it saw.
function needs.need_that(run, name, fn) return probe(run, text("run:need_that", name), fn) end

local function numbers_of(version)
  local list = {}
  for number in version:gmatch("%d+") do list[#list + 1] = tonumber(number) end
  return list
end

local function compare(a, b)
  a, b = numbers_of(a), numbers_of(b)
  for i = 1, math.max(#a, #b) do
    local x, y = a[i] or 0, b[i] or 0
    if x ~= y then return x < y and -1 or 1 end
  end
  return 0
end

local HOLDS = {
  [">="] = function(c) return c >= 0 end, [">"] = function(c) return c > 0 end, ["<="] = function(c) return c <= 0 end,
  ["<"] = function(c) return c < 0 end, ["="] = function(c) return c == 0 end,
}

-- "15.3" meets ">= 15, < 18"
local function meets(version, wanted)
  for part in wanted:gmatch("[^,]+") do
    local op, bound = part:match("^%s*([<>=]+)%s*(%d[%d.]*)%s*$")
    if not op or not HOLDS[op] then
      usage(("a version is asked for as \">= 15\" or \">= 15, < 18\", not \"%s\""):format(wanted))
    end
    local depth = #numbers_of(bound)
    local cut = op == "=" and table.concat(numbers_of(version), ".", 1, math.min(depth, #numbers_of(version))) or version
    if not HOLDS[op](compare(cut, bound)) then return false end
  end
  return true
end

local function output_of(argv)
  local result = shell.run(argv, { check = false, timeout = "30s", capture_limit = 1048576,
    env = { "PATH", "HOME" } })
  return result.out .. "\n" .. result.err, result
end

-- A program on the PATH, of this version; its version is the first number that `args` (default --version) prints.
function needs.need_command(run, program, wanted, args)
  text("run:need_command", program)
  local name = ("%s%s is installed"):format(program, wanted and " " .. wanted or "")
  return probe(run, name, function()
    if not shell.find(program) then return false, ("there is no %s on the PATH"):format(program) end
    if not wanted then return true end
    local argv = { program }
    for _, arg in ipairs(args or { "--version" }) do argv[#argv + 1] = arg end
    local version = output_of(argv):match("%d+[%d.]*")
    if not version then return false, ("%s does not say its version"):format(program) end
    return meets(version, wanted), ("it is %s"):format(version)
  end)
end

-- A flag that the command's help names: run:need_flag({ "heroku", "pg:backups:capture" }, "--app")
function needs.need_flag(run, command, flag, help)
  local argv = type(command) == "table" and command or { command }
  local shown = table.concat(argv, " ")
  return probe(run, ("%s accepts %s"):format(shown, text("run:need_flag", flag)), function()
    if not shell.find(argv[1]) then return false, ("there is no %s on the PATH"):format(argv[1]) end
    local asked = {}
    for i, word in ipairs(argv) do asked[i] = word end
    asked[#asked + 1] = help or "--help"
    local printed = output_of(asked)
    if printed:find("%f[%w-]" .. flag:gsub("%W", "%%%0") .. "%f[^%w-]") then return true end
    return false, ("`%s %s` does not know it"):format(shown, help or "--help")
  end)
end

function needs.need_env(run, ...)
  local all = true
  for _, name in ipairs { ... } do
    local value = native.inputs.variable(text("run:need_env", name))
    all = note(run, ("the variable %s is set"):format(name), value ~= nil and value ~= "", "it is not set, or empty") and all
  end
  return all
end

function needs.need_secret(run, name)
  return probe(run, ("the secret '%s' can be had"):format(text("run:need_secret", name)), function()
    return native.inputs.secret(name) ~= ""
  end)
end

function needs.need_file(run, path)
  return probe(run, ("the file %s is there"):format(text("run:need_file", path)), function()
    return fs.exists(path), "it is not"
  end)
end

-- status: 200, or what `options.status` says; the other options are those of http.get.
function needs.need_url(run, url, options)
  local request, wanted = { timeout = "10s" }, 200
  for key, value in pairs(options or {}) do
    if key == "status" then wanted = value else request[key] = value end
  end
  return probe(run, ("%s answers %s"):format(text("run:need_url", url), tostring(wanted)), function()
    local response = http.get(url, request)
    return response.status == wanted, ("it answers %s"):format(tostring(response.status))
  end)
end

local DATABASE = {
  engine = "string", name = "string", tables = "table", version = "string", without = "table", writable = "boolean",
}

local function has_table(db, name)
  if db.engine == "sqlite" then
    return db:value("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", name) > 0
  end
  return db:value("SELECT to_regclass($1) IS NOT NULL", name) == true
end

local function table_needs(run, tables, there)
  for _, name in ipairs(tables or {}) do
    probe(run, ("table %s is %s"):format(name, there and "there" or "not there yet"), function()
      return has_table(run.db, name) == there, there and "it is missing" or "it exists already"
    end)
  end
end

-- The database is the one that is meant: engine, name (a pattern), version (">= 14"), tables it has and has not.
function needs.need_database(run, options)
  options = native.options("run:need_database", options, DATABASE)
  local db = run.db
  local reached = probe(run, "the database can be reached", function() return db:value "SELECT 1" == 1 end)
  if not reached then return false end
  if options.engine then note(run, "the engine is " .. options.engine, db.engine == options.engine, "it is " .. db.engine) end
  if options.name then
    note(run, ("the database is called %s"):format(options.name), db.name:find(options.name) ~= nil, "it is called " .. db.name)
  end
  if options.version then
    note(run, ("the server is %s"):format(options.version), meets(db.version, options.version), "it is " .. db.version)
  end
  if options.writable ~= false then note(run, "the database takes writes", not db.read_only, "it is read-only") end
  table_needs(run, options.tables, true)
  table_needs(run, options.without, false)
  return true
end

local PRIVILEGES = {
  CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')",
  TEMPORARY = "SELECT has_database_privilege(current_database(), 'TEMPORARY')",
  CREATEDB = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
  SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
}

-- run:need_privilege("CREATE"), run:need_privilege("UPDATE", "users"); SQLite has none and always has all.
function needs.need_privilege(run, privilege, relation)
  local wanted = text("run:need_privilege", privilege):upper()
  local name = ("the role may %s%s"):format(wanted, relation and " on " .. relation or "")
  if run.db.engine == "sqlite" then return note(run, name, true) end
  return probe(run, name, function()
    if wanted == "OWNER" and relation then
      return run.db:value("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = $1::regclass", relation) == true,
        "it does not own it"
    elseif relation then
      return run.db:value("SELECT has_table_privilege($1, $2)", relation, wanted) == true, "it may not"
    end
    if not PRIVILEGES[wanted] then
      usage(("run:need_privilege knows CREATE, TEMPORARY, CREATEDB, SUPERUSER, and privileges on a table; not %s"):format(wanted))
    end
    return run.db:value(PRIVILEGES[wanted]) == true, "it may not"
  end)
end

local UNITS = { KB = 1024, MB = 1024 ^ 2, GB = 1024 ^ 3, TB = 1024 ^ 4 }

local function bytes_of(size)
  if type(size) == "number" then return size end
  local number, unit = tostring(size):upper():match("^(%d+%.?%d*)%s*([KMGT]B)$")
  if not number then usage(("a size is \"500MB\" or \"2GB\", not %s"):format(tostring(size))) end
  return tonumber(number) * UNITS[unit]
end

-- Free space in the project's folder, or in another one, on this machine.
function needs.need_disk(run, size, path)
  local wanted = bytes_of(size)
  return probe(run, ("%s are free in %s"):format(tostring(size), path or "the project"), function()
    local printed = output_of { "df", "-Pk", path or "." }
    local free = tonumber(printed:match("\n%S+%s+%d+%s+%d+%s+(%d+)%s"))
    if not free then return false, "df does not say how much is free" end
    return free * 1024 >= wanted, ("%d MB are"):format(math.floor(free / 1024))
  end)
end

-- Room for so many connections more, beside those reserved for superusers, and under the role's and database's limits.
function needs.need_connection_slots(run, count)
  local name = ("%d connections are free"):format(count)
  if run.db.engine == "sqlite" then return note(run, name, true) end
  return probe(run, name, function()
    local free = run.db:value [[
      SELECT least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        (SELECT CASE WHEN rolconnlimit < 0 THEN 1000000 ELSE rolconnlimit
          - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
          FROM pg_roles WHERE rolname = current_user),
        (SELECT CASE WHEN datconnlimit < 0 THEN 1000000 ELSE datconnlimit
          - (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) END
          FROM pg_database WHERE datname = current_database()))]]
    return free >= count, ("%s are"):format(tostring(free))
  end)
end

-- No other session has had a transaction open for longer than this (default 1m): it could block what takes locks.
function needs.no_blocking_transactions(run, longer_than)
  local age = native.host.duration(longer_than or "1m", "run:no_blocking_transactions: what it takes") / 1000
  local name = ("no transaction is open for longer than %gs"):format(age)
  if run.db.engine == "sqlite" then return note(run, name, true) end
  return probe(run, name, function()
    local row = run.db:row([[
      SELECT pid, usename, state, round(extract(epoch FROM now() - xact_start)) AS age FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND datname = current_database() AND xact_start < now() - make_interval(secs => $1)
      ORDER BY xact_start LIMIT 1]], age)
    if not row then return true end
    return false, ("process %s of %s is %s for %s s"):format(tostring(row.pid), tostring(row.usename), tostring(row.state),
      tostring(row.age))
  end)
end

-- Nothing uncommitted in the project's folder or below `path`; on `branch` where one is named.
function needs.clean_git_tree(run, options)
  options = native.options("run:clean_git_tree", options, { branch = "string", path = "string" })
  return probe(run, "the git tree is clean", function()
    local cwd = options.path
    local printed, result = output_of { "git", "-C", cwd or ".", "status", "--porcelain" }
    if result.code ~= 0 then return false, (printed:gsub("%s+$", "")) end
    local changed = printed:match("^(%C+)")
    if changed then return false, "it has changes: " .. changed end
    local branch = (output_of { "git", "-C", cwd or ".", "rev-parse", "--abbrev-ref", "HEAD" }):match("%S+")
    return not options.branch or branch == options.branch, ("it is on branch %s"):format(tostring(branch))
  end)
end

-- A backup of this database that was verified: { max_age = "24h", level = "restored" } as backup.verify takes them.
function needs.need_backup(run, options)
  return probe(run, "there is a backup that holds", function()
    local ok, found = pcall(backup.verify, nil, options)
    if not ok and type(found) == "table" and found.kind == "interrupted" then error(found, 0) end
    return ok, not ok and reason(found) or nil
  end)
end

-- So many migrations are pending, or some number at all.
function needs.need_pending(run, count)
  local name = count and ("%d migrations are pending"):format(count) or "migrations are pending"
  return probe(run, name, function()
    local status = run:migration_status()
    for _, problem in ipairs(status.problems) do
      if problem.blocks then return false, problem.message end
    end
    return count and #status.pending == count or not count and #status.pending > 0, ("%d are"):format(#status.pending)
  end)
end

-- Somebody at a terminal, for a runbook that cannot do without.
function needs.need_person(run)
  return note(run, "somebody is at the terminal", run.runner.request.person, "there is no terminal to ask at")
end

return needs
