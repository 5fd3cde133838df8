-- What the catalogs say, the same for both engines.
local names = require "tide.schema.names"

local catalog = {}

local COLUMNS = {
  postgres = [[SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
      pg_get_expr(d.adbin, d.adrelid) AS "default"
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
      AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END
    ORDER BY a.attnum]],
  sqlite = [[SELECT name, lower(type) AS type, "notnull" = 0 AS nullable, dflt_value AS "default"
    FROM pragma_table_xinfo($1, $2) WHERE hidden <> 1 ORDER BY cid]],
}

-- The columns of a table or view in their order: name, type, nullable, default. Empty when there is none.
function catalog.columns(db, name) return db:query(COLUMNS[db.engine], names.split(name)) end

local RELATIONS = {
  postgres = [[SELECT CASE WHEN pg_table_is_visible(c.oid) THEN relname ELSE nspname || '.' || relname END AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = ANY($1) AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema']],
  sqlite = "SELECT name FROM sqlite_schema WHERE type IN ($1, $2) AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
}

local function first_column(db, sql, ...)
  local list = {}
  for row in db:rows(sql, ...) do list[#list + 1] = row.name end
  return list
end

local function relations(db, postgres, ...)
  if db.engine == "postgres" then return first_column(db, RELATIONS.postgres, postgres) end
  return first_column(db, RELATIONS.sqlite, ...)
end

function catalog.relation_names(db) return relations(db, { "r", "p", "v", "m", "f" }, "table", "view") end
function catalog.index_names(db) return relations(db, { "i", "I" }, "index", "index") end

-- Columns are counted in `columns`; an expression has no name there.
local POSTGRES_INDEX = [[SELECT c.relname AS name, i.indisvalid AS valid, t.relname AS "table", i.indisunique AS "unique",
    i.indpred IS NOT NULL AS partial, i.indisprimary AS "primary",
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k ORDER BY k) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE %s = $1 AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(%s) ELSE n.nspname = $2 END ORDER BY 1]]

local SQLITE_INDEX = [[SELECT l.name, 1 AS valid, $1 AS "table", l."unique", l.partial, l.origin = 'pk' AS "primary"
  FROM pragma_index_list($1, $2) l ORDER BY 1]]
local SQLITE_INDEX_COLUMNS = "SELECT coalesce(name, '(expression)') AS name FROM pragma_index_info($1, $2) ORDER BY seqno"

local function is_true(value) return value == true or value == 1 end

local function plain(index)
  for _, flag in ipairs { "valid", "unique", "partial", "primary" } do index[flag] = is_true(index[flag]) end
  return index
end

local function sqlite_indexes(db, relation, schema)
  local list = db:query(SQLITE_INDEX, relation, schema)
  for _, index in ipairs(list) do
    index.columns = {}
    for i, column in ipairs(db:query(SQLITE_INDEX_COLUMNS, index.name, schema)) do index.columns[i] = column.name end
  end
  return list
end

-- A rowid is a key without an index.
local ROWID_KEY = "SELECT name FROM pragma_table_info($1, $2) WHERE pk = 1 AND lower(type) = 'integer'"

-- The indexes of a table, those of constraints too: name, valid, unique, partial, primary, columns.
function catalog.indexes(db, name)
  local relation, schema = names.split(name)
  local list
  if db.engine == "postgres" then
    list = db:query(POSTGRES_INDEX:format("t.relname", "t.oid"), relation, schema)
  else
    list = sqlite_indexes(db, relation, schema)
    local key = db:query(ROWID_KEY, relation, schema)
    local columns = db:value("SELECT count(*) FROM pragma_table_info($1, $2) WHERE pk > 0", relation, schema)
    if #key == 1 and columns == 1 then
      list[#list + 1] = { name = "rowid", valid = true, unique = true, primary = true, columns = { key[1].name } }
    end
  end
  for _, index in ipairs(list) do plain(index) end
  return list
end

local function sqlite_index(db, relation, schema)
  local master = schema and db:ident(schema) .. ".sqlite_master"
    or "(SELECT * FROM sqlite_master UNION ALL SELECT * FROM sqlite_temp_master)"
  local found = db:row(("SELECT tbl_name FROM %s WHERE type = 'index' AND name = $1"):format(master), relation)
  if not found then return nil end
  for _, index in ipairs(sqlite_indexes(db, found.tbl_name, schema)) do
    if index.name == relation then return plain(index) end
  end
end

function catalog.index(db, name)
  local relation, schema = names.split(name)
  if db.engine == "sqlite" then return sqlite_index(db, relation, schema) end
  local found = db:row(POSTGRES_INDEX:format("c.relname", "c.oid"), relation, schema)
  return found and plain(found)
end

local function schemas_of(db, schema)
  if schema then return { schema } end
  return first_column(db, "SELECT unnest(current_schemas(false))::text AS name")
end

-- The object of a snapshot by the name that a script gives it: the value and its key, or nil and the names there are.
function catalog.object(db, snapshot, kinds, name)
  local relation, schema = names.split(name)
  local known, keys = {}, {}
  if db.engine == "postgres" then
    for _, each in ipairs(schemas_of(db, schema)) do keys[#keys + 1] = db:ident(each) .. "." .. db:ident(relation) end
  else
    keys[1] = relation
  end
  for _, kind in ipairs(kinds) do
    for _, key in ipairs(keys) do
      local found = snapshot[kind] and snapshot[kind][key]
      if found then return found, key end
    end
    for key in pairs(snapshot[kind] or {}) do known[#known + 1] = (names.split(key)) end
  end
  return nil, known
end

function catalog.keys(members)
  local list = {}
  for name in pairs(members or {}) do list[#list + 1] = name end
  table.sort(list)
  return list
end

return catalog
