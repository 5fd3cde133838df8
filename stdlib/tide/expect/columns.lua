-- Tables, columns and indexes.
local catalog = require "tide.expect.catalog"
local report = require "tide.expect.report"
local types = require "tide.schema.types"

local fail, show = report.fail, report.show
local columns = {}

local TableCheck, ColumnCheck, IndexCheck = {}, {}, {}
TableCheck.__index, ColumnCheck.__index, IndexCheck.__index = TableCheck, ColumnCheck, IndexCheck

local function names_of(list)
  local all = {}
  for i, column in ipairs(list) do all[i] = column.name end
  return all
end

local function find(list, name)
  for _, column in ipairs(list) do
    if column.name == name then return column end
  end
end

-- PostgreSQL's long names of what people write short.
local LONG = {
  varchar = "character varying", char = "character", timestamptz = "timestamp with time zone",
  timestamp = "timestamp without time zone", time = "time without time zone", timetz = "time with time zone",
  int = "integer", int2 = "smallint", int4 = "integer", int8 = "bigint", bool = "boolean", float4 = "real",
  float8 = "double precision", decimal = "numeric",
}

local function spelled_out(declared)
  local name, rest = declared:lower():match "^(%a[%w_]*)(.*)$"
  if not name then return declared end
  return (LONG[name] or name) .. rest
end

local function tight(declared) return (declared:lower():gsub(",%s+", ",")) end

-- What a column may be declared as to be of the type: a portable one, or one of the engine.
local function is_type(db, found, wanted)
  found = tight(found)
  if found == tight(wanted) then return true end
  local known, portable = pcall(types.sql, db, wanted, "type")
  local own = wanted == "id" and (db.engine == "postgres" and "bigint" or "integer") or known and portable or wanted
  if db.engine == "postgres" then own = spelled_out(own) end
  return found == tight(own)
end

-- A table or view of that name is there.
function columns.table(db, name)
  local list = catalog.columns(db, name)
  if #list == 0 then report.none("a table", name, catalog.relation_names(db)) end
  return setmetatable({ db = db, name = name, columns = list }, TableCheck)
end

function columns.no_table(db, name)
  if #catalog.columns(db, name) > 0 then fail(("expected no table %s, there is one"):format(name)) end
end

-- Every one of the columns is there: { "id", "email" }, or with types, { id = "bigint", email = "text" }.
function TableCheck:has_columns(wanted)
  local missing = {}
  for key, value in pairs(wanted) do
    local name = type(key) == "number" and value or key
    if not find(self.columns, name) then missing[#missing + 1] = name end
  end
  if #missing > 0 then
    fail(("table %s lacks %s: it has %s"):format(self.name, table.concat(missing, ", "),
      table.concat(names_of(self.columns), ", ")))
  end
  for key, value in pairs(wanted) do
    if type(key) ~= "number" then self:column(key):type(value) end
  end
  return self
end

function TableCheck:has_no_column(name)
  if find(self.columns, name) then fail(("table %s has a column %s"):format(self.name, name)) end
  return self
end

function TableCheck:column(name)
  local column = find(self.columns, name)
  if not column then report.none(("table %s to have a column"):format(self.name), name, names_of(self.columns)) end
  return setmetatable({ db = self.db, what = ("column %s of %s"):format(name, self.name), column = column }, ColumnCheck)
end

local function sorted_as(list, wanted)
  return table.concat(list, ",") == table.concat(wanted, ",")
end

-- A valid index begins with these columns, in this order.
function TableCheck:has_index_on(wanted)
  wanted = report.list(wanted)
  local there = {}
  for _, index in ipairs(catalog.indexes(self.db, self.name)) do
    local head = { unpack(index.columns, 1, #wanted) }
    if index.valid and not index.partial and sorted_as(head, wanted) then return self end
    there[#there + 1] = ("%s (%s)%s"):format(index.name, table.concat(index.columns, ", "),
      index.valid and (index.partial and ", partial" or "") or ", not valid")
  end
  fail(("expected a valid index of %s on (%s), it has %s"):format(self.name, table.concat(wanted, ", "),
    #there > 0 and table.concat(there, "; ") or "none"))
end

function columns.column(db, table_name, name) return columns.table(db, table_name):column(name) end

function ColumnCheck:type(wanted)
  if not is_type(self.db, self.column.type, wanted) then
    fail(("expected %s to be %s, it is %s"):format(self.what, wanted, self.column.type))
  end
  return self
end

local function is_true(value) return value == true or value == 1 end

function ColumnCheck:not_null()
  if is_true(self.column.nullable) then fail(("expected %s to refuse NULL, it takes it"):format(self.what)) end
  return self
end

function ColumnCheck:nullable()
  if not is_true(self.column.nullable) then fail(("expected %s to take NULL, it refuses it"):format(self.what)) end
  return self
end

-- As the server writes it: "'free'::text"; nil for none.
function ColumnCheck:default(wanted)
  if self.column.default ~= wanted then
    fail(("expected %s to have the default %s, it is %s"):format(self.what, show(wanted), show(self.column.default)))
  end
  return self
end

-- An index of that name is there, and valid.
function columns.index(db, name)
  local index = catalog.index(db, name)
  if not index then report.none("an index", name, catalog.index_names(db)) end
  if not index.valid then fail(("index %s on %s is not valid"):format(name, index.table)) end
  return setmetatable({ name = name, index = index }, IndexCheck)
end

function columns.no_index(db, name)
  local index = catalog.index(db, name)
  if index then fail(("expected no index %s, there is one on %s"):format(name, index.table)) end
end

function IndexCheck:unique()
  if not self.index.unique then fail(("expected index %s to be unique, it is not"):format(self.name)) end
  return self
end

-- Of that table, and these columns in their order where they are given. An expression is as the server writes it,
-- "(expression)" on SQLite.
function IndexCheck:on(table_name, wanted)
  if self.index.table ~= table_name then
    fail(("expected index %s to be on %s, it is on %s"):format(self.name, table_name, self.index.table))
  end
  wanted = wanted and report.list(wanted)
  if wanted and not sorted_as(self.index.columns, wanted) then
    fail(("expected index %s on (%s), it is on (%s)"):format(self.name, table.concat(wanted, ", "),
      table.concat(self.index.columns, ", ")))
  end
  return self
end

return columns
