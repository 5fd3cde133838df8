-- Constraints of tables.
local catalog = require "tide.expect.catalog"
local report = require "tide.expect.report"
local names = require "tide.schema.names"

local fail = report.fail
local constraints = {}

local ForeignKeyCheck = {}
ForeignKeyCheck.__index = ForeignKeyCheck

-- The table in a snapshot.
local function table_of(db, name)
  local found, known = catalog.object(db, schema.snapshot(db), { "tables", "foreign_tables" }, name)
  if not found then report.none("a table", name, known) end
  return found
end

local function list_text(list) return "(" .. table.concat(list, ", ") .. ")" end

-- A foreign key of these columns is there, and validated.
function constraints.foreign_key(db, table_name, columns)
  columns = report.list(columns)
  local there = {}
  for name, each in pairs(table_of(db, table_name).constraints or {}) do
    if each.type == "foreign key" then
      if report.same_members(each.columns, columns) then
        if each.validated == false then fail(("foreign key %s of %s is not validated"):format(name, table_name)) end
        local called = ("foreign key %s of %s"):format(list_text(columns), table_name)
        return setmetatable({ name = called, key = each }, ForeignKeyCheck)
      end
      there[#there + 1] = list_text(each.columns)
    end
  end
  table.sort(there)
  fail(("expected a foreign key %s of %s, it has %s"):format(list_text(columns), table_name,
    #there > 0 and table.concat(there, ", ") or "none"))
end

-- The snapshot names a table of another schema with it.
local function is_table(found, wanted)
  local relation, schema_name = names.split(wanted)
  local found_relation, found_schema = names.split(found)
  return found_relation == relation and (schema_name == nil or schema_name == found_schema)
end

function ForeignKeyCheck:references(table_name, columns)
  local key = self.key
  if not is_table(key.references, table_name) then
    fail(("expected %s to refer to %s, it refers to %s"):format(self.name, table_name, key.references))
  end
  if columns and not report.same_members(key.referenced_columns or {}, report.list(columns)) then
    fail(("expected %s to refer to %s %s, it refers to %s"):format(self.name, table_name, list_text(report.list(columns)),
      key.referenced_columns and list_text(key.referenced_columns) or "its primary key"))
  end
  return self
end

local function action_of(key, event)
  local text = key.definition:upper():match("ON " .. event .. " (%u+ ?%u*)") or "NO ACTION"
  for _, action in ipairs { "CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION" } do
    if text:sub(1, #action) == action then return action:lower() end
  end
end

local function check_action(self, event, wanted)
  local found = action_of(self.key, event)
  if found ~= wanted:lower() then
    fail(("expected %s to %s on %s, it does: %s"):format(self.name, wanted, event:lower(), found))
  end
  return self
end

function ForeignKeyCheck:on_delete(wanted) return check_action(self, "DELETE", wanted) end
function ForeignKeyCheck:on_update(wanted) return check_action(self, "UPDATE", wanted) end

local function require_index(db, table_name, columns, what, fits)
  columns = report.list(columns)
  local there = {}
  if #catalog.columns(db, table_name) == 0 then report.none("a table", table_name, catalog.relation_names(db)) end
  for _, index in ipairs(catalog.indexes(db, table_name)) do
    if fits(index) then
      if report.same_members(index.columns, columns) then return end
      there[#there + 1] = list_text(index.columns)
    end
  end
  fail(("expected %s of %s on %s, it has %s"):format(what, table_name, list_text(columns),
    #there > 0 and table.concat(there, ", ") or "none"))
end

-- No two rows have the same values there: by a constraint, a primary key or a unique index of all rows.
function constraints.unique(db, table_name, columns)
  require_index(db, table_name, columns, "a unique key", function(index)
    return index.unique and index.valid and not index.partial
  end)
end

function constraints.primary_key(db, table_name, columns)
  require_index(db, table_name, columns, "a primary key", function(index) return index.primary end)
end

-- A check constraint of that name is there, and validated.
function constraints.check(db, table_name, name)
  local known = {}
  for each, constraint in pairs(table_of(db, table_name).constraints or {}) do
    if constraint.type == "check" then
      if each == name then
        if constraint.validated == false then fail(("check %s of %s is not validated"):format(name, table_name)) end
        return
      end
      known[#known + 1] = each
    end
  end
  report.none(("table %s to have a check"):format(table_name), name, known)
end

return constraints
