-- Alembic, by its CLI, for projects that still have migrations of it. Its commands print text only.
local native = ...

local OPTIONS = { config = "string", name = "string", timeout = "string|number", env = "table" }

local alembic = {}

local function check_revision(what, revision)
  if type(revision) == "string" and revision:find "^[%w_+@][%w_+@:-]*$" or revision == "-1" then return end
  native.host.raise { kind = "usage", message = what .. " takes a revision, such as \"head\" or \"ae1027a6acf\"" }
end

local function run(what, args, options)
  options = native.options(what, options, OPTIONS)
  local argv = { "alembic" }
  if options.config then
    argv[#argv + 1] = "--config"
    argv[#argv + 1] = options.config
  end
  if options.name then
    argv[#argv + 1] = "--name"
    argv[#argv + 1] = options.name
  end
  for _, word in ipairs(args) do argv[#argv + 1] = word end
  local env = { "DATABASE_URL" }
  for name, value in pairs(options.env or {}) do env[name] = value end
  return shell.run(argv, { env = env, timeout = options.timeout or "10m" })
end

-- A line begins with the revision: "ae1027a6acf (head)".
local function revisions(result)
  local found = {}
  for line in result.out:gmatch "[^\n]+" do found[#found + 1] = line:match "^([%w_]+)" end
  table.sort(found)
  return found
end

-- The revisions that the database is at: none at base, several with branches.
function alembic.current(options) return revisions(run("alembic.current", { "current" }, options)) end

function alembic.heads(options) return revisions(run("alembic.heads", { "heads" }, options)) end

function alembic.upgrade(revision, options)
  check_revision("alembic.upgrade", revision)
  run("alembic.upgrade", { "upgrade", revision }, options)
end

function alembic.downgrade(revision, options)
  check_revision("alembic.downgrade", revision)
  run("alembic.downgrade", { "downgrade", revision }, options)
end

-- Records a revision and runs nothing.
function alembic.stamp(revision, options)
  check_revision("alembic.stamp", revision)
  run("alembic.stamp", { "stamp", revision }, options)
end

-- The SQL that an upgrade would send, by --sql.
function alembic.sql(revision, options)
  check_revision("alembic.sql", revision)
  return run("alembic.sql", { "upgrade", revision, "--sql" }, options).out
end

-- Raises when the models have what no migration makes.
function alembic.check(options) run("alembic.check", { "check" }, options) end

return alembic
