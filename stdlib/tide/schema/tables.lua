-- Tables: create, drop, rename, comment.
local native = ...

local columns = require "tide.schema.columns"
local constraints = require "tide.schema.constraints"
local indexes = require "tide.schema.indexes"
local look = require "tide.schema.look"
local names = require "tide.schema.names"
local rebuild = require "tide.schema.rebuild"
local session = require "tide.schema.session"
local types = require "tide.schema.types"

local tables = {}

local CREATE = {
  primary_key = "table", unique = "table", checks = "table", foreign_keys = "table", indexes = "table",
  timestamps = "boolean", comment = "string", postgres = "table", sqlite = "table",
}
local POSTGRES = { unlogged = "boolean", suffix = "string" }
local SQLITE = { strict = "boolean", without_rowid = "boolean" }
local FOREIGN_KEY = {
  columns = "string|table", references = "string|table", name = "string", on_delete = "string", on_update = "string",
  deferrable = "boolean|string",
}
local DROP = { was = "table", cascade = "boolean" }

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- The named part of a definition, checked; the list part are the columns.
local function options_of(name, definition)
  local what, options = "create_table " .. name, {}
  for key, value in pairs(definition) do
    if type(key) ~= "number" then options[key] = value end
  end
  native.options(what, options, CREATE)
  native.options(what .. ": postgres", options.postgres, POSTGRES)
  native.options(what .. ": sqlite", options.sqlite, SQLITE)
  return options
end

local function read_columns(name, definition, options)
  local list = {}
  for i, column in ipairs(definition) do list[i] = columns.read(name, nil, column) end
  if options.timestamps then
    for _, column in ipairs { "created_at", "updated_at" } do
      local now = types.expression "CURRENT_TIMESTAMP"
      list[#list + 1] = columns.read(name, nil, { column, "timestamptz", not_null = true, default = now })
    end
  end
  if #list == 0 then usage(("create_table %s: a table has columns: { { \"id\", \"id\" }, ... }"):format(name)) end
  return list
end

-- The columns of a primary key refuse NULL; SQLite has to be told.
local function require_key_columns(name, list, options)
  for _, key in ipairs(options.primary_key or {}) do
    local found = false
    for _, column in ipairs(list) do
      if column.name == key then column.not_null, found = true, true end
    end
    if not found then usage(("create_table %s: primary_key names '%s', which is no column of it"):format(name, key)) end
  end
end

local function constraint_lines(db, name, options)
  local lines = {}
  if options.primary_key then lines[1] = ("PRIMARY KEY (%s)"):format(names.list(db, options.primary_key)) end
  for _, key in ipairs(options.unique or {}) do
    if type(key) ~= "table" then usage(("create_table %s: unique is a list of lists: { { \"a\", \"b\" } }"):format(name)) end
    lines[#lines + 1] = constraints.unique_sql(db, name, key, key.name)
  end
  for i, check in ipairs(options.checks or {}) do
    local called = type(check) == "table" and check.name or names.made_up(name, {}, "check" .. (i > 1 and i - 1 or ""))
    local expression = type(check) == "table" and not types.is_expression(check) and (check[1] or check) or check
    lines[#lines + 1] = constraints.check_sql(db, name, called, expression)
  end
  for _, key in ipairs(options.foreign_keys or {}) do
    native.options(("create_table %s: foreign key"):format(name), key, FOREIGN_KEY)
    lines[#lines + 1] = constraints.foreign_key_sql(db, name, key)
  end
  return lines
end

local function suffix_sql(db, options)
  if db.engine == "postgres" then return options.postgres and options.postgres.suffix and " " .. options.postgres.suffix or "" end
  local words, own = {}, options.sqlite or {}
  if own.strict then words[#words + 1] = "STRICT" end
  if own.without_rowid then words[#words + 1] = "WITHOUT ROWID" end
  return #words > 0 and " " .. table.concat(words, ", ") or ""
end

-- An index is its columns, and its options by name: { "email", unique = true }.
local function add_indexes(db, name, options)
  for _, index in ipairs(options.indexes or {}) do
    if type(index) ~= "table" then usage(("create_table %s: indexes is a list of lists: { { \"email\" } }"):format(name)) end
    local list, own = {}, {}
    for key, value in pairs(index) do (type(key) == "number" and list or own)[key] = value end
    indexes.add_index(db, name, list, own)
  end
end

local function comment_all(db, name, list, options)
  if options.comment then tables.comment(db, name, { text = options.comment }) end
  for _, column in ipairs(list) do
    if column.comment then tables.comment(db, name, { column = column.name, text = column.comment }) end
  end
end

function tables.create_table(db, name, definition)
  if type(definition) ~= "table" then usage(("create_table %s takes a list of columns"):format(tostring(name))) end
  local options = options_of(name, definition)
  local list = read_columns(name, definition, options)
  require_key_columns(name, list, options)
  local strict, lines = options.sqlite and options.sqlite.strict and db.engine == "sqlite", {}
  for i, column in ipairs(list) do lines[i] = columns.sql(db, column, strict) end
  for _, line in ipairs(constraint_lines(db, name, options)) do lines[#lines + 1] = line end
  local unlogged = db.engine == "postgres" and options.postgres and options.postgres.unlogged and "UNLOGGED " or ""
  db:execute(("CREATE %sTABLE %s (\n  %s\n)%s"):format(unlogged, names.table(db, name), table.concat(lines, ",\n  "),
    suffix_sql(db, options)))
  session.note_made(db, name)
  add_indexes(db, name, options)
  comment_all(db, name, list, options)
end

local REFERRERS = [[SELECT DISTINCT m.name FROM sqlite_schema m, pragma_foreign_key_list(m.name) k
  WHERE m.type = 'table' AND lower(k."table") = lower($1) AND lower(m.name) <> lower($1) ORDER BY 1]]

-- PostgreSQL refuses it by itself; SQLite would delete the rows that refer to the table, or leave them behind.
local function refuse_while_referred(db, name)
  local relation, found = names.split(name), {}
  for _, row in ipairs(look.rows(db, REFERRERS, relation)) do found[#found + 1] = row.name end
  if #found == 0 then return end
  usage(("drop_table %s: %s refers to it by a foreign key: drop_foreign_key, or drop_table, comes first")
    :format(name, table.concat(found, ", ")))
end

function tables.drop_table(db, name, options)
  options = native.options("drop_table " .. tostring(name), options, DROP)
  if db.engine == "sqlite" then
    if options.cascade then usage(("drop_table %s: SQLite has no CASCADE"):format(name)) end
    refuse_while_referred(db, name)
    rebuild.keep_dependents(db, function() db:execute("DROP TABLE " .. names.table(db, name)) end)
  else
    db:execute(("DROP TABLE %s%s"):format(names.table(db, name), options.cascade and " CASCADE" or ""))
  end
  session.note_gone(db, name)
end

function tables.rename_table(db, from, to)
  local relation, schema = names.split(to)
  if schema then usage(("rename_table %s: the new name has no schema; a table stays where it is"):format(from)) end
  db:execute(("ALTER TABLE %s RENAME TO %s"):format(names.table(db, from), names.quote(db, relation, "the name of a table")))
  local _, own = names.split(from)
  if session.is_made(db, from) then session.note_made(db, own and db:ident(own) .. "." .. db:ident(to) or to) end
  session.note_gone(db, from)
end

local COMMENT = { column = "string", text = "string|userdata", was = "string|userdata" }

-- SQLite has no comments: nothing happens there.
function tables.comment(db, name, options)
  options = native.options("comment " .. tostring(name), options, COMMENT)
  if options.text == nil then usage(("comment %s: `text` is missing; null takes the comment away"):format(name)) end
  if db.engine == "sqlite" then return end
  local target = options.column and ("COLUMN %s.%s"):format(names.table(db, name), names.quote(db, options.column))
    or "TABLE " .. names.table(db, name)
  db:execute(("COMMENT ON %s IS %s"):format(target, db:literal(options.text)))
end

return tables
