-- All that can be known to fail, looked at before the first step.
local digitalocean = require "tide.digitalocean"
local git = require "tide.git"
local prisma = require "tide.prisma"
local application = require "application"
local look = require "look"
local way_back = require "way_back"

local needs = {}

local SAME = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database WHERE datname = current_database()"

local function tools(run)
  run:need_command("pg_dump", ">= " .. run.db.version:match "^%d+")
  run:need_command("pg_restore", ">= " .. run.db.version:match "^%d+")
  if not run:need_command "npx" then return end
  run:need_that("prisma >= 4.3 is installed in this folder", function()
    local version = prisma.version()
    return version ~= nil and (tonumber(version:match "^(%d+%.%d+)") or 0) >= 4.3, "it is " .. tostring(version)
  end)
end

local function database(run)
  if not run:need_database { engine = "postgres", version = ">= 13" } then return false end
  run:need_that("DATABASE_URL and the environment mean the same database", function()
    local other = run:connect(run.inputs.database_url)
    local same = other:value(SAME) == run.db:value(SAME)
    other:close()
    return same, "Prisma would migrate another one"
  end)
  run:need_privilege "CREATE"
  run:need_connection_slots(4)
  run:no_blocking_transactions(run.inputs.longest_transaction)
  run:need_that("nobody else migrates", function() return look.nobody_migrates(run.db) end)
  run:need_disk(("%dMB"):format(math.ceil(run.db:value "SELECT pg_database_size(current_database())" * 2 / 2 ^ 20)), ".")
  return true
end

local function scratch(run)
  return run:need_that("scratch_url leads to an empty database of a server where databases may be created", function()
    return look.with_scratch(run, function(db)
      if db:value(SAME) == run.db:value(SAME) then return false, "it is production" end
      if next(schema.snapshot(db).tables or {}) then return false, "it is not empty" end
      return db:value "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user", "its role has no CREATEDB"
    end)
  end)
end

-- A resumed run has its plan.
local function migrations(run)
  if run.plan then return end
  local found
  if not run:need_that("the pending migrations can be judged", function()
    found = look.plan(run)
    return true
  end) then return end
  local pending = #found.apply + #found.mark
  local expected = run.inputs.expect
  run:need(#found.problems > 0 or pending == expected, ("%d migrations are pending"):format(expected), ("%d are"):format(pending))
  for _, problem in ipairs(found.problems) do run:need(false, "the pending migrations can be applied", problem) end
  for _, file in ipairs(way_back.missing(found.apply)) do
    run:need(false, "every pending migration has a down.sql", file .. " is missing")
  end
  run:evidence("pending", { apply = found.apply, mark = found.mark })
end

local function code(run)
  if not run:clean_git_tree() or not application.has_checkout(run) then return end
  run:need_that("the server's checkout can go forward to this commit", function()
    local commit = application.commit(run)
    local ok, ancestor = pcall(git.is_ancestor, commit)
    return ok and ancestor, ("it is at %s, which is not in this history"):format(commit:sub(1, 8))
  end)
  run:need_that("nothing was edited on the server", function()
    local changes = application.changes(run)
    return changes == "", changes
  end)
  run:need_that("the commit was pushed", function()
    return git.remote_commit("origin", run.inputs.branch) == git.commit(),
      ("origin's %s is another commit than HEAD"):format(run.inputs.branch)
  end)
  run:need_that("the variables of the application are set", function()
    local there, missing = application.variables(run), {}
    for name in run.inputs.variables:gmatch "[%w_]+" do
      if not there[name] then missing[#missing + 1] = name end
    end
    return #missing == 0, table.concat(missing, ", ") .. " not set in its .env"
  end)
end

local function platform(run)
  if run.inputs.platform == "app_platform" then
    run:need_command("doctl", ">= 1.120", { "version" })
    run:need_that("doctl works as somebody, who sees the app", function()
      return digitalocean.account() ~= nil and digitalocean.app(run.inputs.process) ~= nil
    end)
    run:need((run.inputs.api_token or "") ~= "", "the input api_token is given", "a way back asks DigitalOcean's API")
  end
  run:need_that("the application runs", function() return application.online(run) end)
end

-- The new endpoint may not be there yet, but a token that is refused now is refused then.
local function answers(run)
  run:need_url(run.inputs.url .. run.inputs.health)
  run:need_that("the session token is accepted", function()
    return application.answers(run, run.inputs.session, run.inputs.session_token)
  end)
  run:need_that("the admin token is accepted", function()
    local status = http.get(run.inputs.url .. run.inputs.requests, { bearer = run.inputs.admin_token, timeout = "10s" }).status
    return status ~= 401 and status ~= 403, ("%s answers %d"):format(run.inputs.requests, status)
  end)
end

function needs.deploy(run)
  if not database(run) then return end
  tools(run)
  if scratch(run) then migrations(run) end
  code(run)
  platform(run)
  answers(run)
end

function needs.restore(run)
  run:need_database { engine = "postgres", version = ">= 13" }
  run:need_that("the backup is of this database, and whole", function()
    return backup.verify(run.inputs.backup, { level = "decompressed" }) ~= nil
  end)
  run:need_privilege "CREATEDB"
  run:need_that("the application runs, or is stopped", function() return application.online(run) ~= nil end)
end

return needs
