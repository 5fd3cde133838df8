-- Indexes.
local native = ...

local look = require "tide.schema.look"
local names = require "tide.schema.names"
local session = require "tide.schema.session"
local types = require "tide.schema.types"

local indexes = {}

local ADD = {
  name = "string", unique = "boolean", where = "string|table", method = "string", concurrently = "boolean",
  include = "table",
}
local DROP = { was = "table", concurrently = "boolean" }

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function list_of(columns, what)
  if type(columns) == "string" or types.is_expression(columns) then return { columns } end
  if type(columns) ~= "table" or #columns == 0 then usage(what .. ": the columns are a name or a list") end
  return columns
end

-- What stands in the made up name for a column or an expression.
local function plain_names(list)
  local plain = {}
  for i, item in ipairs(list) do
    plain[i] = types.is_expression(item) and "expr" or type(item) == "table" and item[1] or item
  end
  return plain
end

function indexes.name(table_name, columns, options)
  return options and options.name or names.made_up(table_name, plain_names(list_of(columns, "add_index " .. table_name)), "idx")
end

local ORDERS = { asc = " ASC", desc = " DESC" }

-- "email", schema.sql "lower(email)", or { "created_at", order = "desc" }.
local function item_sql(db, item, what)
  if types.is_expression(item) then return ("(%s)"):format(types.text(db, item, what)) end
  if type(item) ~= "table" then return names.quote(db, item, "the name of a column") end
  native.options(what .. ": a column", { order = item.order }, { order = "string" })
  local order = item.order and (ORDERS[item.order] or usage(what .. ": order is \"asc\" or \"desc\"")) or ""
  return names.quote(db, item[1], "the name of a column") .. order
end

local function items_sql(db, list, what)
  local items = {}
  for i, item in ipairs(list) do items[i] = item_sql(db, item, what) end
  return table.concat(items, ", ")
end

local KIND = "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass($1)"

-- CONCURRENTLY where that is possible and of use; asked for where it is not possible, an error.
local function is_concurrent(db, what, table_name, wanted)
  if db.engine == "sqlite" or wanted == false or session.is_made(db, table_name) then return false end
  local gentle = session.goes_gently(db, table_name)
  if wanted and not gentle then
    usage(what .. ": CONCURRENTLY cannot run in a transaction: give the migration transaction = false")
  end
  return gentle and (wanted or look.value(db, KIND, names.table(db, table_name)) ~= true)
end

local function tail_sql(db, what, options)
  local sql = ""
  if options.include then
    if db.engine == "sqlite" then usage(what .. ": SQLite has no INCLUDE") end
    sql = (" INCLUDE (%s)"):format(names.list(db, options.include))
  end
  if options.where then sql = ("%s WHERE %s"):format(sql, types.text(db, options.where, what .. ": where")) end
  return sql
end

local function method_sql(db, what, method)
  if not method or method == "btree" then return "" end
  if db.engine == "sqlite" then usage(("%s: SQLite has no %s index, only btree"):format(what, method)) end
  return " USING " .. names.quote(db, method)
end

function indexes.add_index(db, table_name, columns, options)
  local what = "add_index " .. tostring(table_name)
  options = native.options(what, options, ADD)
  local list, called = list_of(columns, what), indexes.name(table_name, columns, options)
  local concurrently = is_concurrent(db, what, table_name, options.concurrently)
  -- SQLite names the schema at the index, PostgreSQL at the table
  local sqlite = db.engine == "sqlite"
  local index = sqlite and names.beside(db, table_name, called) or names.quote(db, called, "the name of an index")
  local on = sqlite and names.quote(db, (names.split(table_name))) or names.table(db, table_name)
  db:execute(("CREATE %sINDEX %s%s ON %s%s (%s)%s"):format(options.unique and "UNIQUE " or "",
    concurrently and "CONCURRENTLY " or "", index, on, method_sql(db, what, options.method), items_sql(db, list, what),
    tail_sql(db, what, options)))
end

function indexes.drop_index(db, table_name, name, options)
  local what = "drop_index " .. tostring(name)
  options = native.options(what, options, DROP)
  local concurrently = is_concurrent(db, what, table_name, options.concurrently)
  db:execute(("DROP INDEX %s%s"):format(concurrently and "CONCURRENTLY " or "", names.beside(db, table_name, name)))
end

return indexes
