-- What a fix works on: the table, its key, its columns, as the database describes them.
local native = ...

local sql = require "tide.data.sql"

local target = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local POSTGRES_TABLE = [[
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.reltuples AS estimate,
  c.relpersistence = 't' AS temporary,
  CASE c.relkind WHEN 'r' THEN (SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits WHERE inhparent = c.oid) END
    AS children
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = coalesce(to_regclass($1), to_regclass($2))]]

local POSTGRES_COLUMNS = [[
SELECT a.attname AS name, a.atttypid::bigint AS oid, format_type(a.atttypid, a.atttypmod) AS type, t.typcategory = 'A' AS list,
  a.attnotnull AS required, a.attgenerated <> '' OR a.attidentity = 'a' AS generated, a.attidentity = 'a' AS identity,
  a.attgenerated <> '' AS computed,
  a.atthasdef OR a.attidentity <> '' AS filled, coalesce(nullif(t.typbasetype, 0), t.oid)::bigint AS base,
  t.typcategory::text AS category,
  EXISTS (SELECT FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = CASE WHEN t.typbasetype = 0 THEN t.oid ELSE
    t.typbasetype END) OR t.typtype IN ('e', 'r', 'c') OR t.typcategory = 'A' AS equality
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum]]

local POSTGRES_KEYS = [[
SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (num, at)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE k.at <= i.indnkeyatts ORDER BY k.at) AS columns,
  c.relname::text AS name, CASE WHEN i.indexprs IS NOT NULL THEN 'which is on an expression' WHEN i.indpred IS NOT NULL THEN
  'which is of some rows only' WHEN NOT i.indisvalid THEN 'which is not valid' END AS unfit
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1 AND i.indisunique
ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid]]

local POSTGRES_NAMES = [[
SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)
  AND relnamespace <> 'pg_catalog'::regnamespace]]

-- The part of a name whose quote opens at `at`, and the place behind it; nil where it does not close.
local function quoted_part(name, at)
  local text = ""
  while true do
    local piece, after = name:match('^"([^"]*)"()', at)
    if not piece then return nil end
    text, at = text .. piece, after
    if name:sub(at, at) ~= '"' then return text, at end
    text = text .. '"'
  end
end

-- 'other."My table"' -> { "other", "My table" }; empty where the text is no name as SQL writes it.
local function parts_of(name, folds)
  local parts, at = {}, 1
  while true do
    local part, after = name:match("^([%a_\128-\255][%w_$\128-\255]*)()", at)
    if part and folds then part = part:lower() end
    if not part then part, after = quoted_part(name, at) end
    if not part then return {} end
    parts[#parts + 1] = part
    if after > #name then return parts end
    at = name:match("^%.()", after)
    if not at then return {} end
  end
end

local function refuse_missing(name, rows)
  local names = {}
  for i, row in ipairs(rows) do names[i] = row.name end
  local near = native.host.nearest(name, names)
  usage(("there is no table %s%s"):format(name, near ~= "" and (", did you mean '%s'?"):format(near) or ""))
end

local function refuse_temporary(name)
  usage(name .. " is a temporary table: it ends with this session, so that nothing of it could be gone on with or undone")
end

local function refuse_foreign(name, whose) usage(("%s is %s: its rows are not changed"):format(name, whose)) end

-- A name with upper-case letters or blanks may also stand as it is, without quotes, where no other table has it.
local function find_postgres(db, name)
  local quoted = {}
  for i, part in ipairs(parts_of(name, true)) do quoted[i] = db:ident(part) end
  local as_it_is = db:ident(name)
  local first = (#quoted == 1 or #quoted == 2) and table.concat(quoted, ".") or as_it_is
  return sql.row(db, POSTGRES_TABLE, first, as_it_is) or refuse_missing(name, sql.query(db, POSTGRES_NAMES))
end

local POSTGRES_OWN = { pg_catalog = "PostgreSQL's own", information_schema = "PostgreSQL's own",
  pg_toast = "PostgreSQL's own", tide = "tide's own" }

local function postgres(db, name)
  local found = find_postgres(db, name)
  if POSTGRES_OWN[found.schema] then refuse_foreign(name, POSTGRES_OWN[found.schema]) end
  if found.kind ~= "r" and found.kind ~= "p" then usage(name .. " is no table: only the rows of tables are changed") end
  if found.temporary then refuse_temporary(name) end
  local full = db:ident(found.schema) .. "." .. db:ident(found.name)
  return {
    name = found.name, reference = full, oid = found.oid, only = found.kind == "r" and "ONLY " or "",
    partitioned = found.kind == "p", sql = full, alias = db:ident(found.name), estimate = found.estimate,
    children = found.children, columns = sql.query(db, POSTGRES_COLUMNS, found.oid),
    keys = sql.query(db, POSTGRES_KEYS, found.oid),
  }
end

local function sqlite_index(db, index)
  local members, whole = {}, true
  for _, member in ipairs(sql.query(db, "SELECT name FROM pragma_index_info($1) ORDER BY seqno", index.name)) do
    if member.name then members[#members + 1] = member.name else whole = false end
  end
  local unfit = not whole and "which is on an expression" or index.partial == 1 and "which is of some rows only" or nil
  return { columns = members, name = index.name, unfit = unfit }
end

local function sqlite_keys(db, name, columns)
  local keys, primary = {}, {}
  for _, column in ipairs(columns) do
    if column.pk > 0 then primary[column.pk] = column.name end
  end
  if #primary > 0 then keys[1] = { columns = primary } end
  local unique = sql.query(db, [[SELECT name, partial FROM pragma_index_list($1) WHERE "unique" = 1 AND origin <> 'pk']], name)
  for _, index in ipairs(unique) do keys[#keys + 1] = sqlite_index(db, index) end
  return keys
end

-- An INTEGER PRIMARY KEY that is not given a value gets one.
local function fill_rowid(columns)
  local key
  for _, column in ipairs(columns) do
    if column.pk > 1 then return end
    if column.pk == 1 then key = column end
  end
  if key and key.type:upper() == "INTEGER" then key.filled = true end
end

local SQLITE_TABLES = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"

local function find_sqlite(db, name)
  local parts = parts_of(name)
  local last, schema = parts[#parts] or name, #parts == 2 and parts[1]:lower() or "main"
  local hidden = sql.row(db, "SELECT name FROM sqlite_temp_master WHERE lower(name) = lower($1)", last)
  if hidden and (schema == "temp" or #parts < 2) then refuse_temporary(name) end
  local found = #parts < 3 and schema == "main" and sql.row(db, SQLITE_TABLES .. " AND lower(name) = lower($1)", last)
  return found or refuse_missing(name, sql.query(db, SQLITE_TABLES .. " AND name NOT GLOB 'tide_*'"))
end

local function sqlite(db, name)
  local found = find_sqlite(db, name)
  if found.name:find("^tide_") then refuse_foreign(name, "tide's own") end
  if found.name:find("^sqlite_") then refuse_foreign(name, "SQLite's own") end
  if found.type == "view" then usage(name .. " is no table: only the rows of tables are changed") end
  local columns = sql.query(db, "SELECT name, type, \"notnull\" AS required, hidden <> 0 AS generated, pk, "
    .. "hidden IN (2, 3) AS computed, dflt_value IS NOT NULL AS filled "
    .. "FROM pragma_table_xinfo($1) ORDER BY cid", found.name)
  for _, column in ipairs(columns) do
    column.nullable = column.required == 0 and column.pk > 0 -- what SQLite allows in a primary key: see refuse_null_keys
    column.required, column.generated = column.required == 1 or column.pk > 0, column.generated == 1 or column.generated == true
    column.oid, column.list, column.equality = 0, false, true
    column.computed, column.filled = column.computed == 1, column.filled == 1
  end
  fill_rowid(columns)
  local full = db:ident(found.name)
  return {
    name = found.name, reference = full, only = "", partitioned = false, sql = full, alias = full, estimate = -1,
    columns = columns, keys = sqlite_keys(db, found.name, columns),
  }
end

-- SQLite lets a primary key be NULL unless it is told otherwise: such rows cannot be found by it.
local function refuse_null_keys(db, table_)
  for _, column in ipairs(table_.key) do
    if column.nullable and sql.row(db, ("SELECT 1 AS one FROM %s WHERE %s IS NULL LIMIT 1"):format(table_.sql, column.sql)) then
      usage(("%s has rows whose %s is NULL, although it is of the primary key: they cannot be found by it"):format(table_.name,
        column.name))
    end
  end
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
    local unfit = key.unfit or not all_required(table_, key.columns) and "which may be NULL"
    if not unfit and (not wanted or same_set(key.columns, wanted)) then return key.columns end
    local name = key.unfit and key.name or "(" .. table.concat(key.columns, ", ") .. ")"
    seen[#seen + 1] = name .. (unfit and ", " .. unfit or "")
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

local function is_utf8(text)
  return not text:gsub("[\194-\223][\128-\191]", ""):gsub("[\224-\239][\128-\191][\128-\191]", "")
    :gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", ""):find("[\128-\255]")
end

local function escaped(character) return ("\\x%02x"):format(character:byte()) end

-- A value on one line, without anything that a terminal would obey.
function target.shown(value)
  if value == nil then return "NULL" end
  local text = native.numeric.type(value) == "table" and json.encode(value) or tostring(value)
  return (text:gsub(is_utf8(text) and "[%c\127]" or "[%c\127-\255]", escaped))
end

function target.names(columns)
  local list = {}
  for i, column in ipairs(columns) do list[i] = column.name end
  return list
end

-- The table that `name` stands for.
function target.table(db, name)
  if name == "" then usage "`table` is the name of a table" end
  local table_ = (db.engine == "sqlite" and sqlite or postgres)(db, name)
  table_.engine = db.engine
  table_.by_name = {}
  for _, column in ipairs(table_.columns) do
    table_.by_name[column.name] = column
    column.sql = db:ident(column.name)
    column.full = table_.alias .. "." .. column.sql
  end
  return table_
end

-- The same with its key columns in `key`; `optional`: they may be missing.
function target.describe(db, name, key, optional)
  local table_ = target.table(db, name)
  if type(key) == "string" then key = { key } end
  if key and #key == 0 then usage "`key` names the columns of a unique key" end
  for _, column in ipairs(key or {}) do column_of(table_, column) end
  table_.key = {}
  for i, column in ipairs(choose_key(table_, key, optional)) do table_.key[i] = table_.by_name[column] end
  refuse_null_keys(db, table_)
  return table_
end

-- "users (id = 7)": a row for people. `values` are those of the key.
function target.row_name(table_, values)
  local parts = {}
  for i, column in ipairs(table_.key) do parts[i] = ("%s = %s"):format(column.name, target.shown(values[i])) end
  return ("%s (%s)"):format(table_.name, table.concat(parts, ", "))
end

return target
