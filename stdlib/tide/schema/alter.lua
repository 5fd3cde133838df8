-- Columns of tables that are there.
local native = ...

local columns = require "tide.schema.columns"
local constraints = require "tide.schema.constraints"
local look = require "tide.schema.look"
local names = require "tide.schema.names"
local rebuild = require "tide.schema.rebuild"
local session = require "tide.schema.session"
local table_text = require "tide.schema.table_text"
local types = require "tide.schema.types"

local alter = {}

local ALTER = {
  type = "string|table", using = "string|table", not_null = "boolean",
  default = "string|number|boolean|table|userdata|numeric|cdata", was = "table",
}
local DROP = { was = "table" }

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- A column from a name, a type and options.
local function read(table_name, name, type_, options)
  local definition = { type_ }
  for key, value in pairs(options or {}) do
    definition[key] = value
  end
  return columns.read(table_name, name, definition)
end

-- What ALTER TABLE ADD COLUMN of SQLite takes.
local function sqlite_adds(column)
  if column.type == "id" or column.primary_key or column.unique or column.generated then return false end
  if types.is_expression(column.default) then return false end
  local filled = column.default ~= nil and column.default ~= null
  if column.not_null and not filled then return false end
  return not (column.references and filled)
end

local STRICT = "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND lower(name) = lower($1)"

-- A foreign key that is added with the column would look at all rows under its lock.
local function without_key(db, column)
  if not column.references or not session.goes_gently(db, column.table) then return column, nil end
  local plain = {}
  for key, value in pairs(column) do plain[key] = value end
  plain.references, plain.on_delete, plain.on_update, plain.deferrable = nil, nil, nil, nil
  return plain, { on_delete = column.on_delete, on_update = column.on_update, deferrable = column.deferrable }
end

local function add_on_sqlite(db, table_name, column)
  local definition = columns.sql(db, column, look.value(db, STRICT, (names.split(table_name))) == 1)
  if not sqlite_adds(column) then
    return rebuild.run(db, table_name, function(text) text:add_column(definition) end)
  end
  db:execute(("ALTER TABLE %s ADD COLUMN %s"):format(names.table(db, table_name), definition))
end

function alter.add_column(db, table_name, name, type_, options)
  local column = read(table_name, name, type_, options)
  if db.engine == "sqlite" then return add_on_sqlite(db, table_name, column) end
  local plain, key = without_key(db, column)
  db:execute(("ALTER TABLE %s ADD COLUMN %s"):format(names.table(db, table_name), columns.sql(db, plain)))
  if key then constraints.add_foreign_key(db, table_name, name, column.references, key) end
  if column.comment then
    db:execute(("COMMENT ON COLUMN %s.%s IS %s"):format(names.table(db, table_name), names.quote(db, name),
      db:literal(column.comment)))
  end
end

local INDEXES = [[SELECT l.name, m.sql, EXISTS (SELECT 1 FROM pragma_index_info(l.name) i WHERE lower(i.name) = lower($2)) AS has
  FROM pragma_index_list($1) l JOIN sqlite_schema m ON m.type = 'index' AND m.name = l.name
  WHERE l.origin = 'c' ORDER BY l.name]]

-- Indexes on the column go first. Whether one only mentions it is known when it is made anew.
local function drop_indexes_on(db, table_name, name)
  local mentioned = false
  for _, index in ipairs(look.rows(db, INDEXES, table_name, name)) do
    if index.has == 1 then
      db:execute("DROP INDEX " .. db:ident(index.name))
    else
      mentioned = mentioned or table_text.mentions(index.sql, name)
    end
  end
  return mentioned
end

local function drop_on_sqlite(db, table_name, name)
  local text = rebuild.read(db, table_name)
  text:find_column(name)
  if #text:columns() == 1 then usage(("drop_column %s: %s is its only column"):format(table_name, name)) end
  local mentioned = drop_indexes_on(db, text.name, name)
  if not mentioned and #text:constraints_on(name) == 0 then
    return db:execute(("ALTER TABLE %s DROP COLUMN %s"):format(db:ident(text.name), db:ident(name)))
  end
  rebuild.run(db, table_name, function(anew)
    anew:remove_column(name)
    return { gone = name }
  end)
end

function alter.drop_column(db, table_name, name, options)
  native.options("drop_column " .. tostring(table_name), options, DROP)
  if db.engine == "sqlite" then
    return db:transaction(function() drop_on_sqlite(db, table_name, name) end)
  end
  db:execute(("ALTER TABLE %s DROP COLUMN %s"):format(names.table(db, table_name), names.quote(db, name)))
end

function alter.rename_column(db, table_name, from, to)
  db:execute(("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(names.table(db, table_name), names.quote(db, from),
    names.quote(db, to, "the new name of a column")))
end

local function check_changes(what, options)
  options = native.options(what, options, ALTER)
  if options.type == nil and options.not_null == nil and options.default == nil then
    usage(what .. ": says nothing to change: type, not_null or default")
  end
  if options.using and not options.type then usage(what .. ": `using` goes with `type`") end
  return options
end

local function alter_on_sqlite(db, table_name, name, options, what)
  local strict = look.value(db, STRICT, (names.split(table_name))) == 1
  local changes = { type = options.type and types.sql(db, options.type, what, strict) }
  if options.default == null then
    changes.default = false
  elseif options.default ~= nil then
    changes.default = "DEFAULT " .. columns.default_sql(db, options.default, what)
  end
  if options.not_null ~= nil then changes.not_null = options.not_null and "NOT NULL" end
  rebuild.run(db, table_name, function(text)
    text:alter_column(name, changes)
    return { values = options.using and { [name:lower()] = types.text(db, options.using, what .. ": using") } }
  end)
end

-- A validated CHECK spares SET NOT NULL its look at all rows, which would be under a lock that nobody passes.
local function set_not_null_gently(db, table_name, quoted, column, name)
  local check = names.made_up(table_name, { name }, "not_null")
  local ident, state = names.quote(db, check), constraints.is_validated(db, table_name, check)
  if state == nil then
    db:execute(("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID"):format(quoted, ident, column))
  end
  if state ~= true then db:execute(("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(quoted, ident)) end
  db:execute(("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL"):format(quoted, column))
  db:execute(("ALTER TABLE %s DROP CONSTRAINT %s"):format(quoted, ident))
end

local function set_type(db, head, options, what)
  -- the default has to be of the new type as well
  if options.default ~= nil then db:execute(head .. " DROP DEFAULT") end
  local sql = ("%s TYPE %s"):format(head, types.sql(db, options.type, what))
  if options.using then sql = ("%s USING %s"):format(sql, types.text(db, options.using, what .. ": using")) end
  db:execute(sql)
end

local function alter_on_postgres(db, table_name, name, options, what)
  local quoted, column = names.table(db, table_name), names.quote(db, name)
  local head = ("ALTER TABLE %s ALTER COLUMN %s"):format(quoted, column)
  if options.type then set_type(db, head, options, what) end
  if options.default == null then
    db:execute(head .. " DROP DEFAULT")
  elseif options.default ~= nil then
    db:execute(("%s SET DEFAULT %s"):format(head, columns.default_sql(db, options.default, what)))
  end
  if options.not_null and session.goes_gently(db, table_name) then
    set_not_null_gently(db, table_name, quoted, column, name)
  elseif options.not_null ~= nil then
    db:execute(("%s %s NOT NULL"):format(head, options.not_null and "SET" or "DROP"))
  end
end

function alter.alter_column(db, table_name, name, options)
  local what = ("alter_column %s.%s"):format(tostring(table_name), tostring(name))
  options = check_changes(what, options)
  if db.engine == "sqlite" then return alter_on_sqlite(db, table_name, name, options, what) end
  alter_on_postgres(db, table_name, name, options, what)
end

return alter
