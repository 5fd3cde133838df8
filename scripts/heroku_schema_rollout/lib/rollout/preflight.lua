-- All that can be known to fail, looked at before the first step.
local heroku = require "tide.heroku"
local git = require "tide.git"
local application = require "rollout.application"
local expected = require "rollout.expected"

local function is_session(db, other)
  local who = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database WHERE datname = current_database()"
  return db:value(who) == other:value(who)
end

local function look_at_heroku(run)
  local app = run.inputs.app
  if not run:need_command("heroku", ">= 8") then return end
  run:need_flag({ "heroku", "pg:backups:restore" }, "--confirm")
  local account
  run:need_that("heroku knows who is logged in", function()
    account = heroku.whoami()
    return account ~= "", "log in with `heroku login`, or set HEROKU_API_KEY"
  end)
  run:need_that("the account may work on " .. app, function()
    return expected.has(heroku.access(app), account), ("%s is not among those with access"):format(tostring(account))
  end)
  run:need_that(app .. " is not in maintenance mode", function()
    return not heroku.in_maintenance(app), "it is: somebody else may be working on it"
  end)
  run:need_that("every dyno of " .. app .. " is up", function()
    for _, dyno in ipairs(heroku.dynos(app)) do
      if dyno.state ~= "up" and dyno.state ~= "idle" then return false, ("%s is %s"):format(dyno.name, dyno.state) end
    end
    return true
  end)
end

local function look_at_database(run)
  if not run:need_database { engine = "postgres", version = ">= 13",
    tables = expected.old_tables, without = expected.new_tables } then return end
  run:need_that("this is the database of " .. run.inputs.app, function()
    return expected.with(run, secret "heroku_database_url", function(other) return is_session(run.db, other) end),
      "the DATABASE_URL of the app leads to another one"
  end)
  for name, columns in pairs(expected.new_columns) do
    for _, column in ipairs(columns) do
      run:need_that(("%s has no column %s yet"):format(name, column), function()
        return run.db:value([[SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'
          AND table_name = $1 AND column_name = $2]], name, column) == 0, "it was added by hand"
      end)
    end
    run:need_privilege("OWNER", name)
  end
  run:need_that("there are 17 tables", function()
    local count = expected.count_tables(run.db)
    return count == #expected.old_tables, ("there are %d"):format(count)
  end)
  run:need_privilege "CREATE"
  run:need_pending(expected.migrations)
  run:no_blocking_transactions(run.inputs.longest_transaction)
  run:need_connection_slots(4)
end

local function look_at_reference(run)
  if not run.inputs.reference then return end
  run:need_that("production differs from the reference by what is pending only", function()
    local found = expected.with(run, run.inputs.reference, function(other) return expected.surprises(run.db, other) end)
    return #found == 0, table.concat(found, "; ")
  end)
end

local function look_at_deploy(run)
  if not run.inputs.deploy then return end
  if not run:need_command "git" or not run:clean_git_tree { branch = run.inputs.branch } then return end
  run:need_that("git can reach the remote " .. run.inputs.remote, function()
    local tip = git.remote_commit(run.inputs.remote, run.inputs.branch)
    return tip == nil or git.is_ancestor(tip), "what is deployed is not in this history: a push would have to be forced"
  end)
end

local function look(run)
  look_at_heroku(run)
  look_at_database(run)
  look_at_reference(run)
  look_at_deploy(run)
  run:need_command("pg_dump", ">= " .. run.db.version:match "^%d+")
  run:need_disk "200MB"
  for _, path in ipairs(application.paths(run)) do run:need_url(application.url(run, path)) end
  run:need_that("the backup can be proven by restoring it", function()
    local scratch = run.inputs.scratch
    if scratch then return expected.with(run, scratch, function(other) return other.engine == "postgres" end) end
    return run.db:value "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
      "the role may not create a database: --set scratch=URL names a server where it may"
  end)
end

return look
