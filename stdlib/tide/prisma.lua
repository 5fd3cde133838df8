-- Prisma Migrate: its CLI, and its folder and history read as Prisma reads them (the CLI has no --json for these).
local native = ...

local OPTIONS = { schema = "string", url = "string", lock_timeout = "string|number", timeout = "string|number" }

local prisma = {}

local function raise(kind, message, detail) native.host.raise { kind = kind, message = message, detail = detail } end

local function check_name(what, name)
  if type(name) == "string" and name:find "^[%w_]" then return end
  raise("usage", what .. " takes the name of a migration's folder")
end

-- Prisma hands `options` to the server when it connects.
local function with_lock_timeout(what, options)
  if not options.lock_timeout then return options.url end
  if not options.url then raise("usage", what .. ": lock_timeout needs url") end
  local milliseconds = math.ceil(native.host.duration(options.lock_timeout, what .. ": lock_timeout"))
  return ("%s%soptions=-c%%20lock_timeout%%3D%d"):format(options.url, options.url:find("?", 1, true) and "&" or "?", milliseconds)
end

-- --no: what is not installed is not downloaded.
local function run(what, args, options)
  options = native.options(what, options, OPTIONS)
  local argv = { "npx", "--no", "--", "prisma" }
  for _, word in ipairs(args) do argv[#argv + 1] = word end
  if options.schema then
    argv[#argv + 1] = "--schema"
    argv[#argv + 1] = options.schema
  end
  local env = { PRISMA_HIDE_UPDATE_MESSAGE = "1" }
  local url = with_lock_timeout(what, options)
  if url then env.DATABASE_URL = url else env[1] = "DATABASE_URL" end
  return shell.run(argv, { env = env, timeout = options.timeout or "10m", check = false })
end

-- Prisma's own code (P3009 ...) and its words.
local function expect_success(what, result)
  if result.code == 0 then return result end
  local text = result.err .. result.out
  local code = text:match "Error: (P%d+)"
  raise("io", ("%s ended with %d%s"):format(what, result.code, code and ", error " .. code or ""), text)
end

-- The CLI's version: "5.22.0".
function prisma.version(options)
  local result = expect_success("prisma --version", run("prisma.version", { "--version" }, options))
  return result.out:match "prisma%s*:%s*(%d[%w.-]*)"
end

-- The folders in the order in which Prisma applies them: by name, byte by byte.
function prisma.migrations(folder)
  local found = {}
  for _, name in ipairs(fs.list(folder)) do
    local path = folder .. "/" .. name
    if fs.is_directory(path) then
      local file = path .. "/migration.sql"
      local sql = fs.exists(file) and fs.read(file) or nil
      found[#found + 1] = { name = name, path = path, sql = sql, checksum = sql and sha256(sql) }
    end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found
end

local HISTORY = [[SELECT migration_name AS name, checksum, applied_steps_count AS steps,
    CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled_back' WHEN finished_at IS NULL THEN 'failed' ELSE 'applied' END AS state
  FROM _prisma_migrations ORDER BY started_at, rolled_back_at NULLS LAST]]

-- By name; of several rows the last that was not rolled back counts.
function prisma.history(db)
  local found = {}
  if db:value "SELECT to_regclass('_prisma_migrations') IS NULL" then return found end
  for _, row in ipairs(db:query(HISTORY)) do
    if row.state ~= "rolled_back" or not found[row.name] or found[row.name].state == "rolled_back" then
      found[row.name] = { state = row.state, checksum = row.checksum, marked = row.state == "applied" and row.steps == 0 }
    end
  end
  return found
end

-- Prisma takes a file for unchanged whose line ends differ only.
function prisma.is_same_file(migration, checksum)
  local unix = migration.sql:gsub("\r\n", "\n")
  return checksum == migration.checksum or checksum == sha256(unix) or checksum == sha256((unix:gsub("\n", "\r\n")))
end

-- Whether nothing is pending, failed or missing, and what the CLI said.
function prisma.up_to_date(options)
  local result = run("prisma.up_to_date", { "migrate", "status" }, options)
  return result.code == 0, result.out .. result.err
end

-- Applies what is pending. One that fails stays in the history as failed, and nothing more is applied until it is resolved.
function prisma.deploy(options)
  expect_success("prisma migrate deploy", run("prisma.deploy", { "migrate", "deploy" }, options))
end

-- Records a migration as applied, and runs nothing.
function prisma.resolve_applied(name, options)
  check_name("prisma.resolve_applied", name)
  local what = "prisma migrate resolve --applied"
  expect_success(what, run("prisma.resolve_applied", { "migrate", "resolve", "--applied", name }, options))
end

-- For one that failed only: of one that is applied Prisma refuses it (P3012).
function prisma.resolve_rolled_back(name, options)
  check_name("prisma.resolve_rolled_back", name)
  local what = "prisma migrate resolve --rolled-back"
  expect_success(what, run("prisma.resolve_rolled_back", { "migrate", "resolve", "--rolled-back", name }, options))
end

return prisma
