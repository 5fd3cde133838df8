-- schema.migration: a migration that is described once and knows its way back.
local native = ...

local constraints = require "tide.schema.constraints"
local indexes = require "tide.schema.indexes"
local names = require "tide.schema.names"
local session = require "tide.schema.session"

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- Definition of a column without its name -> type, options.
local function unpack_column(was)
  local options = {}
  for key, value in pairs(was) do
    if key ~= 1 then options[key] = value end
  end
  return was[1], options
end

local function with(options, key, value)
  local copy = {}
  for name, member in pairs(options or {}) do copy[name] = member end
  copy[key] = value
  return copy
end

local function rename_back(from, to)
  local old, schema = names.split(from)
  return schema and ('"%s"."%s"'):format(schema:gsub('"', '""'), to:gsub('"', '""')) or to, old
end

-- What an alter_column has to be told to go back, or nil and what is missing.
local function altered_back(options)
  local was = options.was or {}
  local back = { type = options.type and was.type, using = was.using }
  if options.type and not was.type then return nil, "was = { type = ... }" end
  if options.default ~= nil then
    if was.default == nil then return nil, "was = { default = ... }, null for none" end
    back.default = was.default
  end
  if options.not_null ~= nil then
    back.not_null = not options.not_null
    if was.not_null ~= nil then back.not_null = was.not_null end
  end
  return back
end

-- For each operation: its arguments -> the operation that undoes it and its arguments; or nil and what has to be added.
local INVERSE = {
  create_table = function(name) return { "drop_table", name } end,
  drop_table = function(name, options)
    local was = options and options.was
    if not was then return nil, "{ was = { { \"id\", \"id\" }, ... } }" end
    return { "create_table", name, was }
  end,
  rename_table = function(from, to) return { "rename_table", rename_back(from, to) } end,
  add_column = function(table_name, name) return { "drop_column", table_name, name } end,
  drop_column = function(table_name, name, options)
    local was = options and options.was
    if not was then return nil, "{ was = { \"text\", not_null = true } }" end
    return { "add_column", table_name, name, unpack_column(was) }
  end,
  rename_column = function(table_name, from, to) return { "rename_column", table_name, to, from } end,
  alter_column = function(table_name, name, options)
    local back, missing = altered_back(options or {})
    return back and { "alter_column", table_name, name, back }, missing
  end,
  add_index = function(table_name, columns, options)
    -- asked for, it may not be possible on the way back: the table was new on the way here
    local plain = options and options.concurrently == false
    return { "drop_index", table_name, indexes.name(table_name, columns, options), plain and { concurrently = false } or nil }
  end,
  drop_index = function(table_name, name, options)
    local was = options and options.was
    if not was or not was.columns then return nil, "{ was = { columns = { \"email\" }, unique = true } }" end
    local back = with(was, "columns", nil)
    back.name, back.concurrently = name, options.concurrently
    return { "add_index", table_name, was.columns, back }
  end,
  add_foreign_key = function(table_name, columns, _, options)
    return { "drop_foreign_key", table_name,
      constraints.foreign_key_name(table_name, with(options, "columns", columns)) }
  end,
  drop_foreign_key = function(table_name, name, options)
    local was = options and options.was
    if not was then return nil, "{ was = { columns = \"user_id\", references = \"users\" } }" end
    local back = with(with(was, "columns", nil), "references", nil)
    return { "add_foreign_key", table_name, was.columns, was.references, with(back, "name", name) }
  end,
  add_check = function(table_name, name) return { "drop_check", table_name, name } end,
  drop_check = function(table_name, name, options)
    local was = options and options.was
    return was and { "add_check", table_name, name, was }, "{ was = \"price > 0\" }"
  end,
  add_unique = function(table_name, columns, options)
    local list = type(columns) == "table" and columns or { columns }
    return { "drop_unique", table_name, constraints.unique_name(table_name, list, options and options.name) }
  end,
  drop_unique = function(table_name, name, options)
    local was = options and options.was
    return was and { "add_unique", table_name, was, { name = name } }, "{ was = { \"a\", \"b\" } }"
  end,
  comment = function(table_name, options)
    return { "comment", table_name, { column = options.column, text = options.was or null } }
  end,
  validate_constraint = function() return {} end,
}

local function refuse(operation, subject, missing)
  usage(("%s %s does not know its way back: add %s, or give the migration a `down` of its own "
    .. "(down = irreversible \"why\")"):format(operation, tostring(subject), missing))
end

local REVERSIBLE = { up = "function", down = "function" }
local EXECUTE = { down = "string" }

-- An `s` that sends nothing and notes, in `undo`, how each operation is undone: a list of functions of `db`.
local function new_recorder(operations, undo)
  local s = {}
  for name, inverse in pairs(INVERSE) do
    s[name] = function(_, ...)
      local back, missing = inverse(...)
      if not back then refuse(name, (...), missing) end
      undo[#undo + 1] = function(db)
        if back[1] then operations[back[1]](db, unpack(back, 2, table.maxn(back))) end
      end
    end
  end
  function s.execute(_, sql, options)
    options = native.options("s:execute", options, EXECUTE)
    if not options.down then refuse("s:execute", "", "{ down = \"the SQL that undoes it\" }") end
    undo[#undo + 1] = function(db) db:execute(options.down) end
    return sql
  end
  function s.reversible(_, both)
    native.options("s:reversible", both, REVERSIBLE)
    if not both.down then refuse("s:reversible", "", "down = function(db) ... end") end
    undo[#undo + 1] = both.down
  end
  return s
end

-- An `s` that does it.
local function new_executor(operations, db)
  local s = {}
  for name in pairs(INVERSE) do
    s[name] = function(_, ...) return operations[name](db, ...) end
  end
  function s.execute(_, sql) return db:execute(sql) end
  function s.reversible(_, both) return both.up and both.up(db) end
  return s
end

-- A name that `s` does not have.
local function strict(s)
  local known = {}
  for name in pairs(s) do known[#known + 1] = name end
  table.sort(known)
  return setmetatable(s, { __index = function(_, name)
    local near = native.host.nearest(tostring(name), known)
    usage(("s has no '%s'%s; it has %s"):format(tostring(name),
      near ~= "" and (" (did you mean '%s'?)"):format(near) or "", table.concat(known, ", ")))
  end })
end

-- Runs `fn`, and forgets what was noted of the session.
local function in_session(db, alone, fn)
  if alone then session.stand_for_none(db) end
  local ok, failure = xpcall(fn, native.host.catch)
  session.forget(db)
  if not ok then native.host.rethrow(failure) end
end

local function new_down(undo, alone)
  return function(db)
    in_session(db, alone, function()
      for i = #undo, 1, -1 do undo[i](db) end
    end)
  end
end

-- `operations`: name -> function(db, ...).
return function(operations, migration)
  if type(migration) ~= "table" or type(migration.change) ~= "function" then
    usage "schema.migration takes a migration with `change = function(s) ... end` in the place of `up`"
  end
  if migration.up then usage "schema.migration: `change` stands in the place of `up`; s:reversible { up =, down = } runs code" end
  local change, alone, result = migration.change, migration.transaction == false, with(migration, "change", nil)
  if migration.down == nil then
    local undo = {}
    change(strict(new_recorder(operations, undo)))
    result.down = new_down(undo, alone)
  end
  function result.up(db)
    in_session(db, alone, function() change(strict(new_executor(operations, db))) end)
  end
  return result
end
