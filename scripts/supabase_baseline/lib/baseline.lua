-- The consolidated baseline as a migration: what it adds to a database that has most of it is found by comparing, so that
-- `down` takes back exactly that, and what was there before stays.
local expect = require "tide.expect"

local baseline = {
  version = "20250906200000",
  file = "supabase/migrations/20250906200000_consolidated_baseline.sql",
  critical = { "objects", "media", "accounts", "chakai", "local_classes" }, -- each is backed up by itself too
  tables = { "accounts", "chakai", "chakai_items", "local_classes", "media", "objects" },
}

local HISTORY = "supabase_migrations.schema_migrations"
local SQUASHED = "supabase_migrations.squashed_" .. baseline.version
local BEFORE = "supabase_migrations.before_" .. baseline.version

-- Everything of the schema public that a baseline may add or replace: kind, the table it is of, name, definition.
local INVENTORY = [[
  WITH relations AS (
    SELECT c.oid, c.relkind, c.relrowsecurity, format('public.%I', c.relname) AS relation
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))
  SELECT 'table' AS kind, relation, '' AS name, '' AS definition FROM relations
  UNION ALL SELECT 'column', relation, quote_ident(attname), format_type(atttypid, atttypmod)
    FROM relations JOIN pg_attribute ON attrelid = oid WHERE attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'row security', relation, '', relrowsecurity::text FROM relations
  UNION ALL SELECT 'constraint', relation, quote_ident(conname), pg_get_constraintdef(k.oid)
    FROM relations r JOIN pg_constraint k ON conrelid = r.oid WHERE contype IN ('c', 'f', 'p', 'u', 'x')
  UNION ALL SELECT 'index', relation, format('public.%I', i.relname), pg_get_indexdef(i.oid)
    FROM relations r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.conrelid = r.oid)
  UNION ALL SELECT 'policy', relation, quote_ident(polname),
      concat_ws(' ', polcmd, polroles::regrole[]::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM relations r JOIN pg_policy p ON p.polrelid = r.oid
  UNION ALL SELECT 'trigger', relation, quote_ident(tgname), pg_get_triggerdef(t.oid)
    FROM relations r JOIN pg_trigger t ON tgrelid = r.oid WHERE NOT tgisinternal
  UNION ALL SELECT 'function', '', format('public.%I(%s)', proname, pg_get_function_identity_arguments(p.oid)),
      pg_get_functiondef(p.oid)
    FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')]]

-- What takes away an object that was not there before, in an order in which nothing else needs it any more.
local DROPS = {
  { "policy", "DROP POLICY NAME ON RELATION" }, { "trigger", "DROP TRIGGER NAME ON RELATION" },
  { "constraint", "ALTER TABLE RELATION DROP CONSTRAINT NAME" }, { "index", "DROP INDEX NAME" },
  { "column", "ALTER TABLE RELATION DROP COLUMN NAME" }, { "table", "DROP TABLE RELATION" }, { "function", "DROP FUNCTION NAME" },
}

local function statement(template, name, relation)
  return (template:gsub("%f[%a](%u+)%f[%A]", { NAME = name, RELATION = relation }))
end

local function fail(message, ...) error(message:format(...), 3) end

-- Rows of every table, by name.
function baseline.count_rows(db)
  local counts = {}
  for _, name in ipairs(baseline.tables) do
    local there = db:value("SELECT to_regclass($1) IS NOT NULL", "public." .. name)
    counts[name] = there and db:value("SELECT count(*) FROM public." .. db:ident(name)) or 0
  end
  return counts
end

function baseline.same_rows(before, after)
  for name, count in pairs(before) do
    if after[name] ~= count then fail("%s had %d rows, and has %d", name, count, after[name]) end
  end
end

-- What is there before the baseline, kept until `down`.
function baseline.remember(db)
  db:execute("CREATE SCHEMA IF NOT EXISTS supabase_migrations")
  db:execute(("CREATE TABLE %s AS %s"):format(BEFORE, INVENTORY))
end

-- What is there now and was not before: of tables that were there, and functions and tables as a whole.
local function new_of(db, kind)
  return db:query(([[SELECT n.relation, n.name FROM (%s) n WHERE n.kind = $1
    AND NOT EXISTS (SELECT FROM %s b WHERE b.kind = n.kind AND b.relation = n.relation AND b.name = n.name)
    AND (n.kind IN ('table', 'function') OR EXISTS (SELECT FROM %s b WHERE b.kind = 'table' AND b.relation = n.relation))
    ORDER BY n.definition LIKE 'FOREIGN KEY%%' DESC, n.relation, n.name]]):format(INVENTORY, BEFORE, BEFORE), kind)
end

-- All at once, because they refer to each other.
local function drop_new_tables(db)
  local names = {}
  for i, each in ipairs(new_of(db, "table")) do
    if db:value(("SELECT EXISTS (SELECT FROM %s)"):format(each.relation)) then
      fail("%s has come with the baseline, and has rows: it is not dropped", each.relation)
    end
    names[i] = each.relation
  end
  if #names > 0 then db:execute("DROP TABLE " .. table.concat(names, ", ")) end
end

local function drop_what_is_new(db)
  for _, drop in ipairs(DROPS) do
    local kind, template = drop[1], drop[2]
    if kind == "table" then drop_new_tables(db) end
    for _, each in ipairs(new_of(db, kind)) do db:execute(statement(template, each.name, each.relation)) end
  end
end

local RESTORES = {
  ["function"] = function(db, was) db:execute(was.definition) end,
  ["row security"] = function(db, was)
    local verb = was.definition == "true" and "ENABLE" or "DISABLE"
    db:execute(("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(was.relation, verb))
  end,
  trigger = function(db, was)
    db:execute(("DROP TRIGGER %s ON %s"):format(was.name, was.relation))
    db:execute(was.definition)
  end,
}

-- The order of functions does not matter: a body is not looked at before it is called, when names in it are missing.
local function restore_what_changed(db)
  local changed = db:query(([[SELECT b.kind, b.relation, b.name, b.definition FROM %s b LEFT JOIN (%s) n
    ON n.kind = b.kind AND n.relation = b.relation AND n.name = b.name
    WHERE n.definition IS DISTINCT FROM b.definition ORDER BY b.kind, b.relation, b.name]]):format(BEFORE, INVENTORY))
  for _, was in ipairs(changed) do
    local restore = RESTORES[was.kind]
    if not restore then fail("%s %s %s is not what it was, and cannot be put back", was.kind, was.relation, was.name) end
    restore(db, was)
  end
end

function baseline.put_back(db)
  drop_what_is_new(db)
  restore_what_changed(db)
  db:execute("DROP TABLE " .. BEFORE)
end

-- Supabase's own history, as `supabase migration repair` and `supabase db push` would leave it.
function baseline.take_over_history(db)
  db:execute(("CREATE TABLE IF NOT EXISTS %s (version text NOT NULL PRIMARY KEY, statements text[], name text)"):format(HISTORY))
  db:execute(("CREATE TABLE %s AS SELECT * FROM %s WHERE version < $1"):format(SQUASHED, HISTORY), baseline.version)
  db:execute(("DELETE FROM %s WHERE version < $1"):format(HISTORY), baseline.version)
  db:execute(("INSERT INTO %s (version, name, statements) VALUES ($1, 'consolidated_baseline', ARRAY[$2])"):format(HISTORY),
    baseline.version, fs.read(baseline.file))
end

function baseline.give_back_history(db)
  db:execute(("DELETE FROM %s WHERE version = $1"):format(HISTORY), baseline.version)
  db:execute(("INSERT INTO %s SELECT * FROM %s"):format(HISTORY, SQUASHED))
  db:execute("DROP TABLE " .. SQUASHED)
end

function baseline.check_history(db)
  expect.value(db, ("SELECT count(*) FROM %s WHERE version <= $1"):format(HISTORY), baseline.version):equals(1)
end

return baseline
