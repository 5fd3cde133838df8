-- All that can be known to fail before a release, looked at before the first step.
local alembic = require "tide.alembic"
local digitalocean = require "tide.digitalocean"
local app = require "app"
local tool = require "tool"

-- A function that makes tables when the application starts makes them beside the migrations, without a history.
local function makes_no_tables(run)
  for path in run.inputs.startup:gmatch "[^,%s]+" do
    run:need_that(path .. " makes no tables when the application starts", function()
      if not fs.exists(path) then return false, "the file is not there" end
      local number = 0
      for line in (fs.read(path) .. "\n"):gmatch "(.-)\n" do
        number = number + 1
        local code = line:gsub("#.*", "")
        if code:find "create_tables%s*%(" or code:find "create_all%s*%(" then
          return false, ("line %d: %s"):format(number, line)
        end
      end
      return true
    end)
  end
end

-- The same files, by their checksums, were applied to staging.
local function was_staged(run)
  if run.inputs.staging == "" or run.env == run.inputs.staging then return end
  run:need_that(("%s has everything that is pending here, from the same files"):format(run.inputs.staging), function()
    local staging, missing = run:connect(run.inputs.staging), {}
    for _, step in ipairs(run:migration_plan().steps) do
      local found = staging:value("SELECT checksum FROM tide.migrations WHERE version = $1 AND state = 'applied'", step.version)
      if found ~= step.checksum then missing[#missing + 1] = ("%s %s"):format(step.version, step.name) end
    end
    staging:close()
    return #missing == 0, table.concat(missing, ", ")
  end)
end

-- App Platform opens a deployment when its own health check holds; and it must not deploy by itself, before the migrations.
local function spec_fits(run)
  run:need_that("the app's spec has a health check for every service, and deploys only when asked", function()
    local spec = digitalocean.spec(run.inputs.app)
    if digitalocean.in_maintenance(spec) then return false, "it is in maintenance mode already: who has turned it on?" end
    for _, service in ipairs(spec.services or {}) do
      if not service.health_check then return false, service.name .. " has no health_check" end
      local source = service.github or service.gitlab or service.git or {}
      if source.deploy_on_push then return false, service.name .. " has deploy_on_push" end
    end
    return true
  end)
  run:need_that("the app runs what was deployed last", function() return digitalocean.active(run.inputs.app) end)
end

local function no_other_history(run)
  if not fs.exists "alembic.ini" then return end
  run:need_that("Alembic has nothing pending", function()
    local current, heads = alembic.current(), alembic.heads()
    return table.concat(current, " ") == table.concat(heads, " "),
      ("it is at %s, and its head is %s"):format(table.concat(current, " "), table.concat(heads, " "))
  end)
end

return function(run)
  tool.need(run)
  run:need_command "git"
  app.need(run)
  local name = run.inputs.database ~= "" and run.inputs.database or nil
  if run:need_database { engine = "postgres", version = ">= 13", name = name } then
    run:need_command("pg_dump", ">= " .. run.db.version:match "^%d+")
    run:need_command("pg_restore", ">= " .. run.db.version:match "^%d+")
    run:need_privilege "CREATE"
    run:need_privilege "CREATEDB"
    run:need_connection_slots(4)
    run:no_blocking_transactions(run.inputs.longest_transaction)
    run:need_disk(("%dMB"):format(math.ceil(run.db:value "SELECT pg_database_size(current_database())" * 3 / 2 ^ 20)), ".")
    run:need_that("a migration is pending, and nothing is wrong with the history", function()
      local status = run:migration_status()
      if #status.problems > 0 then return false, status.problems[1].message end
      return #status.pending > 0, "none is"
    end)
    was_staged(run)
    no_other_history(run)
  end
  makes_no_tables(run)
  run:clean_git_tree { branch = run.inputs.branch }
  spec_fits(run)
  run:need_url(run.inputs.url .. run.inputs.health)
end
