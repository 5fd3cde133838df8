-- The way back of what a run applied: the down.sql of each migration, and its row of Prisma's history, in one transaction.
local way_back = {}

local function down_file(name) return ("prisma/migrations/%s/down.sql"):format(name) end

function way_back.missing(names)
  local missing = {}
  for _, name in ipairs(names) do
    if not fs.exists(down_file(name)) then missing[#missing + 1] = down_file(name) end
  end
  return missing
end

local function is_there(db, relation, column)
  return db:value([[SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) AND NOT attisdropped
    AND ($2::text IS NULL OR attname = $2)]], relation, column or null) > 0
end

-- What was written since into what the migrations made: { "3 rows of public.notifications" }.
function way_back.lost(db, made)
  local lost = {}
  local function count(relation, where, what)
    local rows = db:value(("SELECT count(*) FROM %s %s"):format(relation, where))
    if rows > 0 then lost[#lost + 1] = ("%d %s %s"):format(rows, what, relation) end
  end
  for _, name in ipairs(made.tables) do
    if is_there(db, name) then count(name, "", "rows of") end
  end
  for _, each in ipairs(made.columns) do
    local column = db:ident(each.column)
    if is_there(db, each.table, each.column) then
      local where = each.default and ("WHERE %s IS DISTINCT FROM (%s)"):format(column, each.default)
        or ("WHERE %s IS NOT NULL"):format(column)
      count(each.table, where, ("values of %s in"):format(each.column))
    end
  end
  return lost
end

local function forget(db, name)
  if db:value "SELECT to_regclass('_prisma_migrations') IS NULL" then return end
  db:execute("DELETE FROM _prisma_migrations WHERE migration_name = $1 AND rolled_back_at IS NULL", name)
end

-- `applied` newest last; what was only marked is forgotten, and nothing of it dropped. Can meet a half of it.
function way_back.go(db, applied, marked)
  db:transaction(function()
    db:execute "SET LOCAL lock_timeout = '5s'"
    for i = #applied, 1, -1 do
      db:script(fs.read(down_file(applied[i])))
      forget(db, applied[i])
    end
    for _, each in ipairs(marked) do forget(db, each.name) end
  end)
end

return way_back
