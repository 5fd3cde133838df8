-- Foreign keys, checks and unique constraints of tables that are there.
local native = ...

local columns = require "tide.schema.columns"
local look = require "tide.schema.look"
local names = require "tide.schema.names"
local rebuild = require "tide.schema.rebuild"
local session = require "tide.schema.session"

local constraints = {}

local FOREIGN_KEY = {
  name = "string", on_delete = "string", on_update = "string", deferrable = "boolean|string", validate = "boolean",
}
local CHECK = { validate = "boolean" }
local UNIQUE = { name = "string" }
local DROP = { was = "table|string" }

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function list_of(value, what)
  if type(value) == "string" then return { value } end
  if type(value) ~= "table" or #value == 0 then usage(what .. ": the columns are a name or a list of names") end
  return value
end

local function named(db, name, sql) return ("CONSTRAINT %s %s"):format(names.quote(db, name, "the name of a constraint"), sql) end

function constraints.foreign_key_name(table_name, key)
  return key.name or names.made_up(table_name, list_of(key.columns, "foreign key of " .. table_name), "fkey")
end

-- `key` = { columns =, references =, name =, on_delete = ... }.
function constraints.foreign_key_sql(db, table_name, key)
  local what = "foreign key of " .. table_name
  if key.references == nil then usage(what .. ": `references` is missing: \"users\", or { \"users\", \"id\" }") end
  local own = names.list(db, list_of(key.columns, what))
  return named(db, constraints.foreign_key_name(table_name, key),
    ("FOREIGN KEY (%s) %s"):format(own, columns.references_sql(db, key, what)))
end

function constraints.check_sql(db, table_name, name, expression)
  return named(db, name, columns.check_sql(db, expression, "check of " .. table_name))
end

function constraints.unique_name(table_name, list, name) return name or names.made_up(table_name, list, "key") end

function constraints.unique_sql(db, table_name, list, name)
  return named(db, constraints.unique_name(table_name, list, name), ("UNIQUE (%s)"):format(names.list(db, list)))
end

local STATE = "SELECT convalidated FROM pg_constraint WHERE conrelid = $1::regclass AND conname = $2"

-- PostgreSQL: whether it is validated; nil when there is none.
function constraints.is_validated(db, table_name, name) return look.value(db, STATE, names.table(db, table_name), name) end

-- Adds it without a look at the rows, then has them looked at while others may write. What an attempt before has left
-- unvalidated is validated.
local function add_in_two_steps(db, table_name, name, sql)
  local quoted = names.table(db, table_name)
  if constraints.is_validated(db, table_name, name) ~= false then
    db:execute(("ALTER TABLE %s ADD %s NOT VALID"):format(quoted, sql))
  end
  constraints.validate_constraint(db, table_name, name)
end

local function add(db, table_name, name, sql, validate)
  if db.engine == "sqlite" then return rebuild.run(db, table_name, function(text) text:append(sql) end) end
  if validate == false then
    db:execute(("ALTER TABLE %s ADD %s NOT VALID"):format(names.table(db, table_name), sql))
  elseif validate == nil and session.goes_gently(db, table_name) then
    add_in_two_steps(db, table_name, name, sql)
  else
    db:execute(("ALTER TABLE %s ADD %s"):format(names.table(db, table_name), sql))
  end
end

function constraints.add_foreign_key(db, table_name, list, references, options)
  local key = {}
  for name, value in pairs(native.options("add_foreign_key " .. table_name, options, FOREIGN_KEY)) do key[name] = value end
  key.columns, key.references = list, references
  local name = constraints.foreign_key_name(table_name, key)
  add(db, table_name, name, constraints.foreign_key_sql(db, table_name, key), key.validate)
end

function constraints.add_check(db, table_name, name, expression, options)
  options = native.options("add_check " .. table_name, options, CHECK)
  if expression == nil then usage(("add_check %s takes a name and an expression"):format(table_name)) end
  add(db, table_name, name, constraints.check_sql(db, table_name, name, expression), options.validate)
end

local UNIQUE_INDEX = "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)"

-- Without a transaction the index is built while others write, and the constraint takes it over.
local function add_unique_gently(db, table_name, list, name)
  local quoted, constraint = names.table(db, table_name), names.quote(db, name)
  db:execute(UNIQUE_INDEX:format(constraint, quoted, names.list(db, list)))
  db:execute(("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s"):format(quoted, constraint, constraint))
end

function constraints.add_unique(db, table_name, list, options)
  options = native.options("add_unique " .. table_name, options, UNIQUE)
  list = list_of(list, "add_unique " .. table_name)
  local name = constraints.unique_name(table_name, list, options.name)
  if session.goes_gently(db, table_name) then return add_unique_gently(db, table_name, list, name) end
  add(db, table_name, name, constraints.unique_sql(db, table_name, list, name), true)
end

-- On SQLite there is nothing to do: every constraint has seen every row.
function constraints.validate_constraint(db, table_name, name)
  if db.engine == "sqlite" then return end
  db:execute(("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(names.table(db, table_name), names.quote(db, name)))
end

local function drop(db, verb, kind, table_name, name, options)
  native.options(("%s %s"):format(verb, tostring(table_name)), options, DROP)
  if db.engine == "sqlite" then
    return rebuild.run(db, table_name, function(text) text:remove_constraint(name, kind) end)
  end
  db:execute(("ALTER TABLE %s DROP CONSTRAINT %s"):format(names.table(db, table_name),
    names.quote(db, name, "the name of a constraint")))
end

function constraints.drop_foreign_key(db, table_name, name, options)
  drop(db, "drop_foreign_key", "foreign key", table_name, name, options)
end

function constraints.drop_check(db, table_name, name, options) drop(db, "drop_check", "check", table_name, name, options) end

function constraints.drop_unique(db, table_name, name, options) drop(db, "drop_unique", "unique", table_name, name, options) end

return constraints
