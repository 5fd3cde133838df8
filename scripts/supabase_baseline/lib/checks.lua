-- What is looked at before, while and after the baseline is applied. Nothing here changes a row: what has to be tried is
-- tried in a transaction that is rolled back.
local baseline = require "baseline"

local checks = { expected_file = "supabase/consolidated_schema.json" }

-- The schema public of a snapshot: the rest of a project on Supabase is the platform's.
function checks.public_schema(snapshot)
  local found = {}
  for kind, objects in pairs(snapshot) do
    found[kind] = objects
    if type(objects) == "table" then
      found[kind] = {}
      for name, object in pairs(objects) do
        if name:sub(1, 7) == "public." then found[kind][name] = object end
      end
    end
  end
  found.schemas, found.extensions = nil, nil
  return found
end

function checks.schema_of(db) return checks.public_schema(schema.snapshot(db)) end

function checks.digest_of(db) return schema.digest(checks.schema_of(db)) end

-- Differences from the schema that the baseline makes on an empty database.
function checks.differences(db)
  local expected = schema.decode(fs.read(checks.expected_file))
  return schema.diff(expected, checks.schema_of(db), { a = "the consolidated schema", b = "the database" })
end

-- Columns that IF NOT EXISTS would pass over: the table is there, and is another one.
function checks.wrong_shapes(db)
  local wrong = {}
  for _, difference in ipairs(checks.differences(db)) do
    local whole = difference.kind == "table" and not difference.part_kind
    if difference.part_kind == "column" or whole and difference.change == "only_in_b" then wrong[#wrong + 1] = difference.text end
  end
  return wrong
end

-- Rows that the new constraints would refuse, by constraint.
local REFUSED = {
  { "media_object_id_fkey", "SELECT count(*) FROM media m WHERE object_id IS NOT NULL AND NOT EXISTS "
    .. "(SELECT FROM objects o WHERE o.id = m.object_id)" },
  { "objects_local_class_id_fkey", "SELECT count(*) FROM objects o WHERE local_class_id IS NOT NULL AND NOT EXISTS "
    .. "(SELECT FROM local_classes l WHERE l.id = o.local_class_id)" },
  { "local_classes_parent_id_fkey", "SELECT count(*) FROM local_classes c WHERE parent_id IS NOT NULL AND NOT EXISTS "
    .. "(SELECT FROM local_classes p WHERE p.id = c.parent_id)" },
  { "chakai_items_object_id_fkey", "SELECT count(*) FROM chakai_items i WHERE NOT EXISTS "
    .. "(SELECT FROM objects o WHERE o.id = i.object_id)" },
  { "objects_token_key", "SELECT count(*) - count(DISTINCT token) FROM objects" },
  { "chakai_visibility_check", "SELECT count(*) FROM chakai WHERE visibility NOT IN ('open', 'private')" },
}

function checks.refused_rows(db)
  local refused = {}
  for _, each in ipairs(REFUSED) do
    local count = db:value(each[2])
    if count > 0 then refused[#refused + 1] = ("%d rows would break %s"):format(count, each[1]) end
  end
  return refused
end

-- Rows and a digest over all of them, by table: the same before and after means that no row changed.
function checks.contents(db)
  local found = {}
  for _, name in ipairs(baseline.tables) do
    found[name] = db:row(([[SELECT count(*) AS rows,
      md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS digest FROM public.%s t]]):format(db:ident(name)))
  end
  return found
end

function checks.changes(before, after)
  local changed = {}
  for _, name in ipairs(baseline.tables) do
    local was, is = before[name], after[name]
    if was.rows ~= is.rows then
      changed[#changed + 1] = ("%s had %d rows, and has %d"):format(name, was.rows, is.rows)
    elseif was.digest ~= is.digest then
      changed[#changed + 1] = ("rows of %s have changed"):format(name)
    end
  end
  return changed
end

-- Runs fn in a transaction that never commits, and returns what it returned.
function checks.undone(db, fn)
  local undo, result = {}, nil
  local _, failure = pcall(db.transaction, db, function()
    result = fn(db)
    error(undo, 0)
  end)
  if failure ~= undo then error(failure, 0) end
  return result
end

-- As a client of Supabase's API is: "anon", or "authenticated" with the id of an account.
local function become(db, role, account)
  db:execute("SELECT set_config('request.jwt.claim.sub', $1, true)", account or "")
  db:execute(("SET LOCAL ROLE %s"):format(db:ident(role)))
end

local function is_refused(db, sql)
  local ok, failure = pcall(db.savepoint, db, function() db:execute(sql) end)
  return not ok and failure.sqlstate == "42501"
end

-- What row level security lets each role see and do, tried as that role. Returns what is wrong.
function checks.row_security(db)
  return checks.undone(db, function()
    local wrong = {}
    local function expect(what, holds) if not holds then wrong[#wrong + 1] = what end end
    local open = db:value "SELECT count(*) FROM objects WHERE visibility = 'open'"
    local all = db:value "SELECT count(*) FROM objects"
    local member = db:value "SELECT id FROM accounts WHERE role = 'member' ORDER BY id LIMIT 1"
    local admin = db:value "SELECT id FROM accounts WHERE role = 'admin' ORDER BY id LIMIT 1"
    become(db, "anon")
    expect("anon sees the open objects and no others", db:value "SELECT count(*) FROM objects" == open)
    expect("anon sees no accounts", db:value "SELECT count(*) FROM accounts" == 0)
    expect("anon may not add an object", is_refused(db, "INSERT INTO objects (token, title) VALUES ('x', 'x')"))
    db:execute "RESET ROLE"
    become(db, "authenticated", member)
    expect("a member sees the own account and no others", db:value "SELECT count(*) FROM accounts" == (member and 1 or 0))
    expect("a member may not add a class", is_refused(db, "INSERT INTO local_classes (title) VALUES ('x')"))
    db:execute "RESET ROLE"
    become(db, "authenticated", admin)
    expect("an admin sees every object", not admin or db:value "SELECT count(*) FROM objects" == all)
    return wrong
  end)
end

-- Two neighbours are swapped and a class is added, and both are taken back: production is as it was.
function checks.functions(db)
  return checks.undone(db, function()
    local two = db:query "SELECT id, sort_order FROM local_classes ORDER BY parent_id NULLS FIRST, sort_order, id LIMIT 2"
    if #two < 2 then return "there are no two classes to swap" end
    db:execute("SELECT swap_local_class_sort_order($1, $2)", two[1].id, two[2].id)
    local first = db:value("SELECT sort_order FROM local_classes WHERE id = $1", two[1].id)
    local second = db:value("SELECT sort_order FROM local_classes WHERE id = $1", two[2].id)
    if first ~= two[2].sort_order or second ~= two[1].sort_order then return "swap_local_class_sort_order did not swap" end
    local given = db:value "INSERT INTO local_classes (title) VALUES ('tried') RETURNING sort_order"
    local last = db:value "SELECT max(sort_order) FROM local_classes WHERE parent_id IS NULL AND title <> 'tried'"
    if given ~= (last or 0) + 1 then return "the trigger local_class_sort_order gave no place" end
  end)
end

local TRIGGERS = [[SELECT tgname AS name, tgenabled AS enabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = 'public'::regnamespace AND NOT tgisinternal ORDER BY tgname]]

function checks.triggers(db)
  local wrong, seen = {}, {}
  for _, trigger in ipairs(db:query(TRIGGERS)) do
    seen[trigger.name] = true
    if trigger.enabled ~= "O" and trigger.enabled ~= "A" then wrong[#wrong + 1] = trigger.name .. " is disabled" end
  end
  for _, name in ipairs { "local_class_sort_order", "objects_touch" } do
    if not seen[name] then wrong[#wrong + 1] = name .. " is missing" end
  end
  return wrong
end

local FOREIGN_KEYS = [[SELECT conname AS name, convalidated AS valid FROM pg_constraint
  WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname]]

function checks.foreign_keys(db)
  local wrong, count = {}, 0
  for _, key in ipairs(db:query(FOREIGN_KEYS)) do
    count = count + 1
    if not key.valid then wrong[#wrong + 1] = key.name .. " was never validated" end
  end
  return wrong, count
end

-- Sessions that have written and not committed: writers that maintenance mode did not end.
function checks.writers(db)
  return db:value [[SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND backend_xid IS NOT NULL]]
end

-- Versions of Supabase's own history, sorted.
function checks.history(db)
  local versions = {}
  if db:value "SELECT to_regclass('supabase_migrations.schema_migrations') IS NULL" then return versions end
  for i, row in ipairs(db:query "SELECT version FROM supabase_migrations.schema_migrations ORDER BY version") do
    versions[i] = row.version
  end
  return versions
end

return checks
