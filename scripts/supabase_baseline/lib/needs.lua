-- What must be so before the baseline is begun: all that can be known then, so that nothing of it fails in maintenance mode.
local supabase = require "tide.supabase"
local application = require "application"
local baseline = require "baseline"
local checks = require "checks"
local rehearsal = require "rehearsal"

local function joined(list) return table.concat(list, "; ") end

local function none(list) return #list == 0, joined(list) end

local function need_supabase(run)
  run:need_command("supabase", ">= 2")
  run:need_flag({ "supabase", "migration", "list" }, "--linked")
  run:need_flag({ "supabase", "db", "push" }, "--dry-run")
  run:need_secret "SUPABASE_ACCESS_TOKEN"
  run:need_that("the access token sees the project, it is healthy, and this folder is linked with it", function()
    local project = supabase.project(run.inputs.project_ref)
    if not project.linked then return false, "supabase link --project-ref " .. project.ref end
    return project.status == "ACTIVE_HEALTHY", ("it is %s"):format(project.status)
  end)
  run:need_that("the CLI and the environment's URL mean the same database", function()
    local remote = {}
    for _, each in ipairs(supabase.migrations()) do
      if each.remote then remote[#remote + 1] = each.version end
    end
    local here = checks.history(run.db)
    return joined(remote) == joined(here), ("the CLI sees the history %s, the URL %s"):format(joined(remote), joined(here))
  end)
end

local function need_files(run)
  run:need_file(baseline.file)
  run:need_file(checks.expected_file)
  run:need_that("the baseline is the only file in supabase/migrations", function()
    local others = {}
    for _, name in ipairs(fs.list "supabase/migrations") do
      if name:find "^%d+_.*%.sql$" and not baseline.file:find(name, 1, true) then others[#others + 1] = name end
    end
    return none(others)
  end)
  run:clean_git_tree()
end

local function need_database(run)
  local reached = run:need_database { engine = "postgres", version = ">= 14", tables = baseline.critical }
  if not reached then return end
  run:need_privilege "CREATE"
  for _, name in ipairs(baseline.tables) do run:need_privilege("OWNER", name) end
  run:need_that("the role sees every row (BYPASSRLS), or a backup would not be whole", function()
    return run.db:value "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
  end)
  run:need_that("the roles anon and authenticated are there", function()
    return run.db:value "SELECT count(*) FROM pg_roles WHERE rolname IN ('anon', 'authenticated')" == 2
  end)
  run:need_connection_slots(5)
  run:no_blocking_transactions "1m"
  run:need_pending(1)
end

local function need_history(run)
  run:need_that("Supabase's history has nothing newer than the baseline, and not the baseline itself", function()
    local newer = {}
    for _, version in ipairs(checks.history(run.db)) do
      if version >= baseline.version then newer[#newer + 1] = version end
    end
    return none(newer)
  end)
  run:need_that("the tables that the baseline passes over are the ones that it means", function()
    return none(checks.wrong_shapes(run.db))
  end)
  run:need_that("no row breaks what the baseline adds", function() return none(checks.refused_rows(run.db)) end)
end

local ROOM = "SELECT pg_database_size(current_database())"
-- One that every role may ask, and that two databases do not share.
local IDENTITY = "SELECT format('%s/%s', (SELECT oid FROM pg_database WHERE datname = current_database()), "
  .. "extract(epoch FROM pg_postmaster_start_time()))"

local function major_of(db) return db.version:match "^%d+" end

local function need_test_server(run)
  run:need_command("pg_dump", ">= 14")
  run:need_command(rehearsal.pg_restore(run.db), "= " .. major_of(run.db))
  run:need_that("the test server can be written to, and is not production", function()
    local test = run:connect(run.inputs.test_url)
    local may = test:value "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    local roles = test:value "SELECT count(*) FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')"
    local same, version = test:value(IDENTITY) == run.db:value(IDENTITY), major_of(test)
    test:close()
    if same then return false, "test_url is the production database" end
    if not may then return false, "its role may not create databases" end
    if version ~= major_of(run.db) then return false, ("it is PostgreSQL %s, production is another"):format(version) end
    return roles == 3, "it has no roles anon, authenticated and service_role"
  end)
  run:need_disk(("%dMB"):format(math.ceil(run.db:value(ROOM) * 3 / 2 ^ 20)), ".")
end

local function need_application(run)
  run:need_url(run.inputs.app_url .. "/api/health")
  run:need_that("maintenance mode can be reached, and is off", function()
    return not application.in_maintenance(run), "it is on already: who has turned it on?"
  end)
  run:need_that("the database's log can be read", function()
    return supabase.logs(run.inputs.project_ref, "postgres_logs", { api = run.inputs.api, limit = 1 }) ~= nil
  end)
end

return function(run)
  need_supabase(run)
  need_files(run)
  need_database(run)
  need_history(run)
  need_test_server(run)
  need_application(run)
end
