-- What a fix works on: the table, its key, its columns, as the database describes them.
local native = ...

local sql = require "tide.data.sql"

local target = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local POSTGRES_TABLE = [[
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.reltuples AS estimate,
  CASE c.relkind WHEN 'r' THEN (SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits WHERE inhparent = c.oid) END
    AS children
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = coalesce(to_regclass($1), to_regclass($2))]]

local POSTGRES_COLUMNS = [[
SELECT a.attname AS name, a.atttypid::bigint AS oid, format_type(a.atttypid, a.atttypmod) AS type, t.typcategory = 'A' AS list,
  a.attnotnull AS required, a.attgenerated <> '' OR a.attidentity = 'a' AS generated, a.attidentity = 'a' AS identity,
  EXISTS (SELECT FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = CASE WHEN t.typbasetype = 0 THEN t.oid ELSE
    t.typbasetype END) OR t.typtype IN ('e', 'r', 'c') OR t.typcategory = 'A' AS equality
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum]]

local POSTGRES_KEYS = [[
SELECT i.indisprimary AS main, ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (num, at)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE k.at <= i.indnkeyatts ORDER BY k.at) AS columns
FROM pg_index i WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid]]

local function postgres(db, name)
  local found = sql.row(db, POSTGRES_TABLE, name, db:ident(name))
  if not found then usage(("there is no table %s"):format(name)) end
  if found.kind ~= "r" and found.kind ~= "p" then usage(name .. " is no table: only the rows of tables are changed") end
  return {
    name = found.name, only = found.kind == "r" and "ONLY " or "", partitioned = found.kind == "p",
    sql = db:ident(found.schema) .. "." .. db:ident(found.name), alias = db:ident(found.name),
    estimate = found.estimate, children = found.children, columns = sql.query(db, POSTGRES_COLUMNS, found.oid),
    keys = sql.query(db, POSTGRES_KEYS, found.oid),
  }
end

local function sqlite_keys(db, name, columns)
  local keys, primary = {}, {}
  for _, column in ipairs(columns) do
    if column.pk > 0 then primary[column.pk] = column.name end
  end
  if #primary > 0 then keys[1] = { main = true, columns = primary } end
  for _, index in ipairs(sql.query(db, [[SELECT name FROM pragma_index_list($1) WHERE "unique" = 1 AND partial = 0]], name)) do
    local members, whole = {}, true
    for _, member in ipairs(sql.query(db, "SELECT name FROM pragma_index_info($1) ORDER BY seqno", index.name)) do
      if member.name then members[#members + 1] = member.name else whole = false end
    end
    if whole then keys[#keys + 1] = { main = false, columns = members } end
  end
  return keys
end

local function sqlite(db, name)
  local found = sql.row(db, "SELECT name, type FROM sqlite_master WHERE lower(name) = lower($1) "
    .. "AND type IN ('table', 'view')", name)
  if not found then usage(("there is no table %s"):format(name)) end
  if found.type == "view" then usage(name .. " is no table: only the rows of tables are changed") end
  local columns = sql.query(db, "SELECT name, type, \"notnull\" AS required, hidden <> 0 AS generated, pk "
    .. "FROM pragma_table_xinfo($1) ORDER BY cid", found.name)
  for _, column in ipairs(columns) do
    -- an INTEGER PRIMARY KEY is the rowid, which is never NULL; any other key may be, whatever SQL says
    column.required, column.generated = column.required == 1 or column.pk > 0, column.generated == 1 or column.generated == true
    column.oid, column.list, column.equality = 0, false, true
  end
  return {
    name = found.name, only = "", partitioned = false, sql = db:ident(found.name), alias = db:ident(found.name),
    estimate = -1, columns = columns, keys = sqlite_keys(db, found.name, columns),
  }
end

local function same_set(a, b)
  if #a ~= #b then return false end
  local there = {}
  for _, name in ipairs(a) do there[name] = true end
  for _, name in ipairs(b) do
    if not there[name] then return false end
  end
  return true
end

local function all_required(table_, columns)
  for _, name in ipairs(columns) do
    if not table_.by_name[name].required then return false end
  end
  return true
end

-- The columns that the rows are found by: those asked for, else the primary key, else the shortest unique one; none where
-- there is none and `optional`.
local function choose_key(table_, wanted, optional)
  local seen = {}
  for _, key in ipairs(table_.keys) do
    local usable = all_required(table_, key.columns)
    if usable and (not wanted or same_set(key.columns, wanted)) then return key.columns end
    seen[#seen + 1] = "(" .. table.concat(key.columns, ", ") .. ")" .. (usable and "" or ", which may be NULL")
  end
  if optional and not wanted then return {} end
  local has = #seen > 0 and "it has " .. table.concat(seen, "; ") or "it has none"
  usage(("%s: rows are found by a primary key, or by unique columns that are NOT NULL; %s"):format(
    table_.name .. (wanted and " has no unique key (" .. table.concat(wanted, ", ") .. ")" or " has no unique key"), has))
end

local function column_of(table_, name)
  local column = table_.by_name[name]
  if column then return column end
  local names = {}
  for _, other in ipairs(table_.columns) do names[#names + 1] = other.name end
  local near = native.host.nearest(tostring(name), names)
  usage(("%s has no column '%s'%s"):format(table_.name, tostring(name),
    near ~= "" and (", did you mean '%s'?"):format(near) or ""))
end
target.column = column_of

-- The table that `name` stands for, its key columns in `key`; `optional`: they may be missing.
function target.describe(db, name, key, optional)
  local table_ = (db.engine == "sqlite" and sqlite or postgres)(db, name)
  table_.by_name = {}
  for _, column in ipairs(table_.columns) do
    table_.by_name[column.name] = column
    column.sql = db:ident(column.name)
    column.full = table_.alias .. "." .. column.sql
  end
  if type(key) == "string" then key = { key } end
  for _, column in ipairs(key or {}) do column_of(table_, column) end
  table_.key = {}
  for i, column in ipairs(choose_key(table_, key, optional)) do table_.key[i] = table_.by_name[column] end
  return table_
end

-- "users (id = 7)": a row for people. `values` are those of the key.
function target.row_name(table_, values)
  local parts = {}
  for i, column in ipairs(table_.key) do parts[i] = ("%s = %s"):format(column.name, tostring(values[i])) end
  return ("%s (%s)"):format(table_.name, table.concat(parts, ", "))
end

return target
