-- What is true of a database, as a plain value: taken before a change and after it, and compared with what the change
-- is expected to do.
local native = ...

local compare = require "tide.facts.compare"
local names = require "tide.schema.names"

local facts = {}

local TAKE = {
  rows = "boolean|table", estimate_above = "number", sizes = "boolean", values = "table",
}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function count_of(members)
  local count = 0
  for _ in pairs(members or {}) do count = count + 1 end
  return count
end

-- How many there are of each kind: the objects of the schema, and their parts over all objects.
local PARTS = { "columns", "constraints", "indexes", "policies", "triggers" }
local OBJECTS = {
  "tables", "views", "materialized_views", "sequences", "functions", "types", "enums", "domains", "extensions", "schemas",
}

local function count_parts(snapshot, part)
  local count = 0
  for _, object in pairs(snapshot.tables or {}) do count = count + count_of(object[part]) end
  return count
end

local function count_schema(snapshot)
  local counts = {}
  for _, kind in ipairs(OBJECTS) do counts[kind] = count_of(snapshot[kind]) end
  for _, part in ipairs(PARTS) do counts[part] = count_parts(snapshot, part) end
  return counts
end

-- The short name where the search path finds it: "users", "audit.log", '"Odd.Name"'.
local function shown(key, path) return key:sub(1, #path) == path and key:sub(#path + 1) or key end

local ESTIMATES = [[SELECT c.oid::regclass::text AS name, c.reltuples::bigint AS rows
  FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.reltuples >= $1]]

-- Tables that are too large to be counted; SQLite has no estimate.
local function estimates(db, above)
  local found = {}
  if not above or db.engine == "sqlite" then return found end
  for row in db:rows(ESTIMATES, above) do found[row.name] = row.rows end
  return found
end

local function count_rows(db, list, above)
  local rows, estimated, known = {}, {}, estimates(db, above)
  for name, table_name in pairs(list) do
    rows[name] = known[name] or db:value("SELECT count(*) FROM " .. table_name)
    estimated[name] = known[name] ~= nil or nil
  end
  return rows, next(estimated) and estimated or nil
end

local SIZES = {
  postgres = "SELECT pg_total_relation_size($1::regclass)",
  sqlite = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = $1 OR name IN "
    .. "(SELECT name FROM sqlite_schema WHERE tbl_name = $1)",
}

local function measure(db, list)
  local sizes = {}
  for name, table_name in pairs(list) do
    sizes[name] = db:value(SIZES[db.engine], db.engine == "postgres" and table_name or name)
  end
  return sizes
end

-- Name as the script writes it -> as SQL takes it.
local function tables_of(db, snapshot, wanted)
  local list = {}
  for _, name in ipairs(wanted or {}) do list[name] = names.table(db, name) end
  if wanted then return list end
  local path = db.engine == "postgres" and db:ident(db:value "SELECT current_schema()" or "") .. "." or ""
  for key in pairs(snapshot.tables or {}) do
    list[shown(key, path)] = db.engine == "postgres" and key or db:ident(key)
  end
  return list
end

local function read_values(db, queries)
  local values = {}
  for name, sql in pairs(queries or {}) do
    if type(sql) ~= "string" then usage(("facts.take: values.%s is a query, not a %s"):format(tostring(name), type(sql))) end
    local value = db:value(sql)
    values[name] = value == nil and null or value
  end
  return values
end

local function read(db, options)
  local snapshot = schema.snapshot(db)
  local list = tables_of(db, snapshot, type(options.rows) == "table" and options.rows or nil)
  local taken = { format = 1, engine = db.engine, schema = schema.digest(snapshot), counts = count_schema(snapshot) }
  if options.rows ~= false then taken.rows, taken.estimated = count_rows(db, list, options.estimate_above) end
  if options.sizes then taken.sizes = measure(db, list) end
  taken.values = read_values(db, options.values)
  return taken
end

function facts.take(db, options)
  options = native.options("facts.take", options, TAKE)
  if native.db.transaction_state(db) ~= "idle" then return read(db, options) end
  return db:transaction(function() return read(db, options) end, { isolation = "repeatable read", read_only = true })
end

facts.compare = compare.check
facts.table = compare.text

return facts
