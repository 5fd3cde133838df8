-- What ALTER TABLE of SQLite cannot do: the table is made anew under another name, filled, and put in the place of the
-- old one, as https://www.sqlite.org/lang_altertable.html#otheralter describes, in one transaction (or savepoint).
local native = ...

local look = require "tide.schema.look"
local names = require "tide.schema.names"
local table_text = require "tide.schema.table_text"

local rebuild = {}

local PREFIX = "tide_new_"

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- Runs `fn`, and `after` however it ended.
local function finally(fn, after)
  local ok, failure = xpcall(fn, native.host.catch)
  if ok then return after() end
  pcall(after) -- the first failure is what happened
  native.host.rethrow(failure)
end

-- DROP TABLE would delete the rows that refer to it (ON DELETE CASCADE), or refuse.
local function without_foreign_keys(db, fn)
  if look.value(db, "PRAGMA foreign_keys") ~= 1 then return fn() end
  native.db.enforce_foreign_keys(db, false)
  finally(fn, function() native.db.enforce_foreign_keys(db, true) end)
end

-- RENAME would rewrite, or stumble over, what names the table: views, triggers, foreign keys of others. All of it is
-- meant for the table that comes.
local function with_legacy_rename(db, fn)
  if look.value(db, "PRAGMA legacy_alter_table") == 1 then return fn() end
  db:execute "PRAGMA legacy_alter_table = ON"
  finally(fn, function() db:execute "PRAGMA legacy_alter_table = OFF" end)
end

-- Any ALTER TABLE ... RENAME has SQLite read every view and trigger, and say which no longer works.
local function read_all_dependents(db)
  db:execute "CREATE TABLE tide_probe (a)"
  db:execute "ALTER TABLE tide_probe RENAME TO tide_probe_renamed"
  db:execute "DROP TABLE tide_probe_renamed"
end

local DEPENDENTS = "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', 'trigger')"

local function works(db) return (pcall(db.savepoint, db, read_all_dependents)) end

-- Runs `fn` in a transaction; views and triggers that worked before have to work behind.
function rebuild.keep_dependents(db, fn)
  db:transaction(function()
    local watched = look.value(db, DEPENDENTS) > 0 and works(db)
    fn()
    if watched then read_all_dependents(db) end
  end)
end

local TABLE = "SELECT name, type, sql FROM sqlite_schema WHERE lower(name) = lower($1) AND type IN ('table', 'view')"

local function read_table(db, name)
  local relation, schema = names.split(name)
  if schema and schema:lower() ~= "main" then
    usage(("table %s: only tables of the main database are made anew"):format(name))
  end
  local found = look.row(db, TABLE, relation)
  if not found or found.type ~= "table" then usage(("there is no table %s"):format(name)) end
  if found.sql:upper():find "^CREATE%s+VIRTUAL" then
    usage(("table %s is virtual: its module decides what it holds"):format(name))
  end
  return table_text.read(found.name, found.sql)
end

rebuild.read = read_table

-- The text of a temporary trigger does not say that it is one.
local HANGING = [[SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
    AND lower(tbl_name) = lower($1)
  UNION ALL SELECT type, name, 'CREATE TEMP ' || substr(sql, length('CREATE ') + 1) FROM sqlite_temp_schema
    WHERE type = 'trigger' AND lower(tbl_name) = lower($1)
  ORDER BY type, name]]

-- What DROP TABLE takes along: indexes and triggers, the counter of AUTOINCREMENT, what ANALYZE found.
local function read_hanging(db, name)
  local hanging = { objects = look.rows(db, HANGING, name) }
  local function has(table_name) return look.value(db, "SELECT 1 FROM sqlite_schema WHERE name = $1", table_name) == 1 end
  if has "sqlite_sequence" then hanging.sequence = look.value(db, "SELECT seq FROM sqlite_sequence WHERE name = $1", name) end
  if has "sqlite_stat1" then hanging.statistics = look.rows(db, "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = $1", name) end
  return hanging
end

local function put_back_sequence(db, name, value)
  local kept = look.value(db, "SELECT seq FROM sqlite_sequence WHERE name = $1", name)
  if kept == nil then
    db:execute("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", name, value)
  elseif kept ~= value then
    db:execute("UPDATE sqlite_sequence SET seq = $1 WHERE name = $2", value, name)
  end
end

local AUTOINCREMENT = "%f[%w_]autoincrement%f[^%w_]"

local UNDEFINED = "42703" -- no such column

-- An index that names a column that is gone goes with it, as on PostgreSQL.
local function make_index(db, sql, gone)
  if not gone or not table_text.mentions(sql, gone) then return db:execute(sql) end
  local ok, failure = xpcall(db.savepoint, native.host.catch, db, function() db:execute(sql) end)
  local state = type(failure) == "table" and type(failure.value) == "table" and rawget(failure.value, "sqlstate")
  if not ok and state ~= UNDEFINED then native.host.rethrow(failure) end
end

local function put_back(db, name, hanging, sql, gone)
  for _, object in ipairs(hanging.objects) do
    if object.type == "index" then make_index(db, object.sql, gone) else db:execute(object.sql) end
  end
  if hanging.sequence and sql:lower():find(AUTOINCREMENT) then put_back_sequence(db, name, hanging.sequence) end
  for _, row in ipairs(hanging.statistics or {}) do
    db:execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)", name, row.idx, row.stat)
  end
end

local WITHOUT_ROWID = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = $1"

-- A name of the rowid, where rows have one that no column stands for: others may have noted it down.
local function rowid_of(db, text)
  if look.value(db, WITHOUT_ROWID, text.name) == 1 then return nil end
  local taken = {}
  for _, column in ipairs(text:columns()) do taken[column.name:lower()] = true end
  local key = look.rows(db, "SELECT type FROM pragma_table_info($1) WHERE pk > 0", text.name)
  if #key == 1 and key[1].type:lower() == "integer" then return nil end
  for _, alias in ipairs { "rowid", "_rowid_", "oid" } do
    if not taken[alias] then return alias end
  end
end

-- The columns that hold something, and what fills them.
local function copied(db, text, change)
  local into, from = {}, {}
  local rowid = rowid_of(db, text)
  if rowid then into[1], from[1] = rowid, rowid end
  for _, column in ipairs(text:columns()) do
    if not column.generated and column.name:lower() ~= (change.gone or ""):lower() then
      into[#into + 1] = db:ident(column.name)
      from[#from + 1] = change.values and change.values[column.name:lower()] or db:ident(column.name)
    end
  end
  return table.concat(into, ", "), table.concat(from, ", ")
end

local BROKEN = [[SELECT c."table" || ' row ' || coalesce(c.rowid, '?') || ' refers to a missing row of ' || c.parent AS text
  FROM (SELECT $1 AS name UNION SELECT m.name FROM sqlite_schema m, pragma_foreign_key_list(m.name) k
        WHERE m.type = 'table' AND lower(k."table") = lower($1)) t, pragma_foreign_key_check(t.name) c]]

-- Rows that break a foreign key of the table or to it, each a sentence.
local function broken_rows(db, name)
  local found = {}
  for _, row in ipairs(look.rows(db, BROKEN, name)) do found[row.text] = true end
  return found
end

local function refuse_newly_broken(db, name, before)
  for text in pairs(broken_rows(db, name)) do
    if not before[text] then
      native.host.raise { kind = "sql", sqlstate = "23503", message = "foreign key: " .. text, table = name }
    end
  end
end

local function replace_table(db, text, change)
  local name, quoted, temporary = text.name, db:ident(text.name), db:ident(PREFIX .. text.name)
  local hanging, sql = read_hanging(db, name), text:render(temporary)
  local into, from = copied(db, text, change)
  db:execute(sql)
  db:execute(("INSERT INTO %s (%s) SELECT %s FROM %s"):format(temporary, into, from, quoted))
  db:execute("DROP TABLE " .. quoted)
  db:execute(("ALTER TABLE %s RENAME TO %s"):format(temporary, quoted))
  put_back(db, name, hanging, sql, change.gone)
end

-- `edit(text)` changes the table's text (see table_text) and may return { gone = COLUMN, values = { column = SQL } }.
function rebuild.run(db, name, edit)
  local text = read_table(db, name)
  local change = edit(text) or {}
  rebuild.keep_dependents(db, function()
    without_foreign_keys(db, function()
      local before = broken_rows(db, text.name)
      with_legacy_rename(db, function() replace_table(db, text, change) end)
      refuse_newly_broken(db, text.name, before)
    end)
  end)
end

return rebuild
