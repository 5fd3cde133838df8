-- Deploys the pending Prisma migrations and the code that needs them, while the application goes on.
-- docs/runbooks/prisma_deploy.md says how to run it, and what it does otherwise than the procedure it comes from.
local runbook = require "tide.runbook"
local git = require "tide.git"
local prisma = require "tide.prisma"
local application = require "application"
local contents = require "contents"
local inputs = require "inputs"
local look = require "look"
local needs = require "needs"
local plans = require "plan"
local rehearsal = require "rehearsal"
local way_back = require "way_back"

local VERIFICATION = { "verification_requests", "verification_documents", "verification_history", "provider_logs" }

local function none(list) return #list == 0, table.concat(list, "; ") end

local function cli(run) return { url = run.inputs.database_url, lock_timeout = "5s" } end

local function label(run) return ("prisma-%s"):format(run.id):lower() end

local function find_backup(run)
  for _, saved in ipairs(backup.list()) do
    if saved.label == label(run) and not saved.problem then return saved end
  end
end

local function note_state(run)
  local found, effects = look.plan(run)
  run:check("the pending migrations can be applied", none(found.problems))
  run.plan = { apply = found.apply, mark = found.mark }
  run.makes = plans.makes(effects, found.apply)
  run.columns = contents.columns(run.db)
  run.schema_before = schema.digest(run.db)
  run.failures = application.failures(run)
  if application.has_checkout(run) then
    run.old_commit, run.commit = application.commit(run), git.commit()
  else
    run.deployment = application.deployment(run)
  end
  run:evidence("to be applied", found.apply)
  run:evidence("to be marked as applied", found.mark)
end

local function marked_names(run)
  local names = {}
  for i, each in ipairs(run.plan.mark) do names[i] = each.name end
  return names
end

local function are_applied(run, names)
  local there = #look.in_state(run, names, "applied")
  return there == #names, ("%d of %d are"):format(there, #names)
end

local function mark(run)
  local history = prisma.history(run.db)
  for _, each in ipairs(run.plan.mark) do
    local row = history[each.name]
    if not row or row.state == "rolled_back" then prisma.resolve_applied(each.name, { url = run.inputs.database_url }) end
  end
end

-- Of a migration that a killed deploy left as failed the database itself says whether it happened.
local function resolve_failed(run)
  local failed = look.in_state(run, run.plan.apply, "failed")
  if #failed == 0 then return end
  local effects, production = look.effects(run), schema.snapshot(run.db)
  for _, effect in ipairs(effects) do
    if effect.name == failed[1] then
      local there = plans.presence(effect, production)
      if there.present > 0 and there.absent == 0 and #there.different == 0 then
        prisma.resolve_rolled_back(effect.name, { url = run.inputs.database_url })
        prisma.resolve_applied(effect.name, { url = run.inputs.database_url })
      elseif there.present == 0 and #there.different == 0 then
        prisma.resolve_rolled_back(effect.name, { url = run.inputs.database_url })
      else
        run:fail(effect.name .. " came about in part: look at it, and resolve it by hand")
      end
    end
  end
end

local function apply(run)
  run:hold_until(function() return look.nobody_migrates(run.db) end, { within = "5m", every = "1s" })
  resolve_failed(run)
  if not are_applied(run, run.plan.apply) then prisma.deploy(cli(run)) end
end

-- Both in one transaction, and again when it was done already: there is nothing left to drop then.
local function take_back(run)
  local lost = way_back.lost(run.db, run.makes)
  run:evidence("lost by the way back", lost)
  if #lost > 0 and not run.inputs.discard then
    run:fail(("the way back would lose %s: --set discard=yes lets it"):format(table.concat(lost, ", ")))
  end
  local begun = {}
  for _, name in ipairs(run.plan.apply) do
    local row = prisma.history(run.db)[name]
    if row and row.state ~= "rolled_back" then begun[#begun + 1] = name end
  end
  way_back.go(run.db, begun, run.plan.mark)
  if not run.dry_run then run:check("the schema is what it was", schema.digest(run.db) == run.schema_before) end
end

local function put_back(run)
  if application.has_checkout(run) then
    application.put_back_code(run, run.old_commit)
    application.install(run)
    application.restart(run)
  else
    application.put_back_deployment(run, run.deployment)
  end
end

local function check_schema(run)
  for _, name in ipairs(VERIFICATION) do run.expect.table(name) end
  run:evidence("columns of the verification tables", run.db:query [[SELECT table_name, column_name, data_type
    FROM information_schema.columns WHERE table_name LIKE 'verification\_%' ORDER BY table_name, ordinal_position]])
  if run.schema_after then run:check("it is the schema of the rehearsal", schema.digest(run.db) == run.schema_after) end
  local changed = contents.changed(run.rows_before, contents.read(run.db, run.columns))
  run:note("every table has the rows that it had (the application goes on to write)", none(changed))
  local up_to_date, said = prisma.up_to_date { url = run.inputs.database_url }
  run:check("`prisma migrate status` has nothing to say", up_to_date, said)
end

local function is_well(run)
  run:hold_until(function() return application.answers(run, run.inputs.health) end, { within = run.inputs.within, every = "1s" })
end

local function sessions_hold(run)
  run:check("the session endpoint answers 200", application.answers(run, run.inputs.session, run.inputs.session_token))
end

local function requests_answer(run)
  run:check("the verification requests answer 200", application.answers(run, run.inputs.requests, run.inputs.admin_token))
end

local function log_is_clean(run) return none(application.new_failures(run, run.failures)) end

local function checklist(title, text) return { title, manual = text, tags = { "checklist" } } end

return runbook {
  title = "Deploy the pending Prisma migrations",
  description = "27 migrations that only add, the code that needs them, and a restart; no downtime",
  risk = "medium", budget = "30m",
  inputs = inputs {
    database_url = { required = true, secret = true, env = "DATABASE_URL", description = "What Prisma connects to" },
    scratch_url = { required = true, secret = true, env = "SHADOW_DATABASE_URL",
      description = "An empty database on a server where databases may be created, not production's" },
    expect = { type = "integer", default = 27, description = "How many migrations are pending" },
    branch = { default = "main", description = "The branch that the server pulls" },
    variables = { default = "DATABASE_URL,SPACES_KEY,SPACES_SECRET,SPACES_BUCKET,PAYSTACK_SECRET_KEY",
      description = "Names that the application's .env must have a value for" },
    session_token = { required = true, secret = true, env = "SESSION_TOKEN", description = "A user's bearer token" },
    admin_token = { required = true, secret = true, env = "ADMIN_TOKEN", description = "An admin's bearer token" },
    session = { default = "/api/auth/validate-session" },
    requests = { default = "/api/admin/verification/requests" },
    copy_to = { default = "", description = "Where the backup is copied to: a folder, user@host:folder, s3://bucket/prefix" },
    longest_transaction = { type = "duration", default = "1m", description = "An older one would block the migrations" },
    watch = { type = "duration", default = "5m", description = "How long the application is watched" },
    watch_every = { type = "duration", default = "10s" },
    discard = { type = "boolean", default = false, description = "A way back may lose rows that were written since" },
  },
  preflight = needs.deploy,
  facts = { rows = false,
    expected = { tables = "any", columns = "any", indexes = "any", constraints = "any", enums = "any" } },
  phases = {
    { "Prepare", budget = "5m",
      { "Decide what is applied and what is marked", up = note_state },
      { "It was tried elsewhere", tags = { "checklist" },
        confirm = "Did login, payment, verification and uploads work with these migrations on a development machine?" },
      { "A second person agrees", approve = "Production gets these migrations while people use it. Agreed?" } },
    { "Back up", budget = "10m", tags = { "backup" },
      { "Make a backup, and prove it",
        up = function(run)
          if not find_backup(run) then backup.create { label = label(run) } end
        end,
        verify = function(run)
          local proof = backup.verify(label(run), { scratch = run.inputs.scratch_url }).proof
          return proof == "restored", "it is proven as far as " .. proof
        end },
      { "Copy it elsewhere", when = function(run) return run.inputs.copy_to ~= "" end,
        up = function(run) backup.copy(label(run), run.inputs.copy_to) end } },
    { "Rehearse", budget = "10m", tags = { "rehearsal" },
      { "Deploy to a copy, and take it back there", up = function(run)
        if run.dry_run then return end
        local name = "tide_" .. run.id:gsub("%W", "_"):lower()
        run.schema_after = rehearsal.run(run, run.inputs.scratch_url, name, label(run), run.plan)
      end } },
    { "Migrate", budget = "5m",
      { "Note the rows", up = function(run) run.rows_before = contents.read(run.db, run.columns) end },
      { "Mark what is there already", up = mark, down = function(run) way_back.go(run.db, {}, run.plan.mark) end,
        verify = function(run) return are_applied(run, marked_names(run)) end },
      { "Apply the rest", up = apply, down = take_back,
        verify = function(run) return are_applied(run, run.plan.apply) end },
      { "Verify the schema", up = function(run) if not run.dry_run then check_schema(run) end end } },
    { "Restart", budget = "5m",
      { "Get the code", when = application.has_checkout,
        up = function(run) application.get_code(run, run.commit) end,
        down = function(run) application.put_back_code(run, run.old_commit) end,
        verify = function(run) return application.commit(run) == run.commit, "the server has another commit" end },
      { "Install what it depends on", when = application.has_checkout, up = application.install },
      { "Restart the application", budget = "2m", up = application.restart, down = put_back } },
    { "Verify", budget = "10m",
      { "The application is well", up = is_well },
      { "Users are still signed in", up = sessions_hold },
      { "The verification requests answer", up = requests_answer },
      { "Watch", up = function(run)
        run:watch({
          { "the health endpoint", function() return application.answers(run, run.inputs.health) end,
            every = run.inputs.watch_every },
          { "the log", function() return log_is_clean(run) end, every = run.inputs.watch_every },
        }, { for_ = run.inputs.watch })
      end },
      checklist("Sign in", "User authentication and login work"),
      checklist("Owner dashboard", "The property owner dashboard loads"),
      checklist("Admin dashboard", "The admin dashboard loads"),
      checklist("Verification", "The verification requests page is accessible"),
      checklist("Uploads", "Document uploads work"),
      checklist("Payments", "Payment processing works"),
      checklist("Subscriptions", "Subscription renewals work"),
      checklist("Browser", "No errors in the browser's console"),
    },
  },
  success = {
    { "Every migration is applied", function(run) return are_applied(run, run.plan.apply) end },
    { "Prisma says that the schema is up to date", function(run)
      return (prisma.up_to_date { url = run.inputs.database_url })
    end },
    { "The four verification tables are there", function(run)
      for _, name in ipairs(VERIFICATION) do run.expect.table(name) end
    end },
    { "A backup was made and proven by restoring it", function(run)
      local saved = find_backup(run)
      return saved ~= nil and saved.proof == "restored"
    end },
    { "The application is well", function(run) return application.answers(run, run.inputs.health) end },
    { "The log tells of no new failure", log_is_clean },
  },
  follow_up = {
    "Remove the migration that was only marked as a duplicate from the repository, after every environment has it",
    "Keep the backup until the next one is proven; scripts/prisma_restore.lua goes back to it",
  },
}
