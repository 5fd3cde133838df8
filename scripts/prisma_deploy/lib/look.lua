-- What is to be done to this database: the folder, Prisma's history, and an empty database to try the migrations in.
local prisma = require "tide.prisma"
local plan = require "plan"
local shadow = require "shadow"

local look = {}

look.folder = "prisma/migrations"

function look.with_scratch(run, fn)
  local scratch = run:connect(run.inputs.scratch_url)
  local ok, a, b = pcall(fn, scratch)
  scratch:close()
  if not ok then error(a, 0) end
  return a, b
end

function look.effects(run)
  return look.with_scratch(run, function(scratch) return shadow.walk(scratch, prisma.migrations(look.folder)) end)
end

-- The plan, and what each migration does.
function look.plan(run)
  local effects = look.effects(run)
  local found = plan.make(prisma.migrations(look.folder), prisma.history(run.db), effects, schema.snapshot(run.db))
  return found, effects
end

-- Of these names those that the history calls `state`.
function look.in_state(run, names, state)
  local history, found = prisma.history(run.db), {}
  for _, name in ipairs(names) do
    if history[name] and history[name].state == state then found[#found + 1] = name end
  end
  return found
end

-- Prisma's own advisory lock; a deploy that was left running holds it.
function look.nobody_migrates(db)
  local holders = db:value [[SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())]]
  return holders == 0, "a `prisma migrate` holds Prisma's lock"
end

return look
