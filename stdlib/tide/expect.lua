-- Assertions for `verify` and for checks inside `up`. Each raises an error of kind "verify" that says what was
-- expected and what was found; `done` so far is rolled back with the migration's transaction.
local native = ...

local expect = {}

local function fail(message) native.host.raise { kind = "verify", message = message } end

local function show(value)
  if value == nil or value == null then return "NULL" end
  if type(value) == "string" then return ("%q"):format(value) end
  return tostring(value)
end

-- Numbers of different kinds (1 and numeric "1.00") are equal when their values are.
local function same(a, b)
  if a == null then a = nil end
  if b == null then b = nil end
  if a == b then return true end
  local numbers = (type(a) == "number" or native.numeric.is(a)) and (type(b) == "number" or native.numeric.is(b))
  return numbers and not (a < b) and not (b < a)
end

-- "schema.table" -> schema, table; the search path where no schema is named
local function split_name(name)
  local schema, relation = name:match("^([^.]+)%.(.+)$")
  return schema, relation or name
end

local COLUMNS = {
  postgres = function(db, name)
    local schema, relation = split_name(name)
    return db:query([[SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
        AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END
      ORDER BY a.attnum]], relation, schema)
  end,
  sqlite = function(db, name)
    local schema, relation = split_name(name)
    return db:query([[SELECT name, type, "notnull" = 0 AS nullable FROM pragma_table_xinfo($1, $2) WHERE hidden <> 1
      ORDER BY cid]], relation, schema)
  end,
}

local INDEX = {
  postgres = function(db, name)
    local schema, relation = split_name(name)
    return db:row([[SELECT i.indisvalid AS valid, t.relname AS "table" FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1 AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END]],
      relation, schema)
  end,
  sqlite = function(db, name)
    local schema, relation = split_name(name)
    local catalog = schema and db:ident(schema) .. ".sqlite_master"
      or "(SELECT * FROM sqlite_master UNION ALL SELECT * FROM sqlite_temp_master)"
    return db:row(([[SELECT tbl_name AS "table", 'true' AS valid FROM %s WHERE type = 'index' AND name = $1]])
      :format(catalog), relation)
  end,
}

local TableCheck = {}
TableCheck.__index = TableCheck

-- Every one of the columns is there.
function TableCheck:has_columns(names)
  local found, missing = {}, {}
  for _, column in ipairs(self.columns) do found[column.name] = true end
  for _, name in ipairs(names) do
    if not found[name] then missing[#missing + 1] = name end
  end
  if #missing > 0 then
    local all = {}
    for i, column in ipairs(self.columns) do all[i] = column.name end
    fail(("table %s lacks %s: it has %s"):format(self.name, table.concat(missing, ", "), table.concat(all, ", ")))
  end
  return self
end

function TableCheck:has_no_column(name)
  for _, column in ipairs(self.columns) do
    if column.name == name then fail(("table %s has a column %s"):format(self.name, name)) end
  end
  return self
end

-- A table or view of that name is there.
function expect.table(db, name)
  local columns = COLUMNS[db.engine](db, name)
  if #columns == 0 then fail(("expected a table %s, there is none"):format(name)) end
  return setmetatable({ name = name, columns = columns }, TableCheck)
end

function expect.no_table(db, name)
  if #COLUMNS[db.engine](db, name) > 0 then fail(("expected no table %s, there is one"):format(name)) end
end

-- An index of that name is there, and valid.
function expect.index(db, name)
  local index = INDEX[db.engine](db, name)
  if not index then fail(("expected an index %s, there is none"):format(name)) end
  if index.valid == false then fail(("index %s on %s is not valid"):format(name, index.table)) end
end

local ValueCheck = {}
ValueCheck.__index = ValueCheck

function ValueCheck:equals(expected)
  if not same(self.value, expected) then
    fail(("expected %s, found %s: %s"):format(show(expected), show(self.value), self.what))
  end
  return self
end

-- Values of kinds that have no order are not in it.
local function in_order(a, b)
  local comparable, ordered = pcall(function() return a <= b end)
  return comparable and ordered
end

function ValueCheck:at_least(least)
  if self.value == nil or not in_order(least, self.value) then
    fail(("expected at least %s, found %s: %s"):format(show(least), show(self.value), self.what))
  end
  return self
end

function ValueCheck:at_most(most)
  if self.value == nil or not in_order(self.value, most) then
    fail(("expected at most %s, found %s: %s"):format(show(most), show(self.value), self.what))
  end
  return self
end

local function check_value(value, what) return setmetatable({ value = value, what = what }, ValueCheck) end

-- The first column of the first row.
function expect.value(db, sql, ...) return check_value(db:value(sql, ...), sql) end

-- How many rows a table has.
function expect.count(db, name)
  local schema, relation = split_name(name)
  local quoted = schema and db:ident(schema) .. "." .. db:ident(relation) or db:ident(relation)
  return check_value(db:value("SELECT count(*) FROM " .. quoted), "rows of " .. name)
end

local RowsCheck = {}
RowsCheck.__index = RowsCheck

function RowsCheck:count(expected)
  if #self.rows ~= expected then
    fail(("expected %d rows, found %d: %s"):format(expected, #self.rows, self.sql))
  end
  return self
end

function RowsCheck:empty() return self:count(0) end

-- The rows of a query.
function expect.rows(db, sql, ...) return setmetatable({ rows = db:query(sql, ...), sql = sql }, RowsCheck) end

-- Anything else: `message` says what was expected.
function expect.that(condition, message)
  if not condition then fail(message or "an expectation does not hold") end
end

return expect
