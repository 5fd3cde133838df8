-- Everything else that a schema holds.
local catalog = require "tide.expect.catalog"
local report = require "tide.expect.report"
local names = require "tide.schema.names"

local fail = report.fail
local objects = {}

local PolicyCheck = {}
PolicyCheck.__index = PolicyCheck
objects.PolicyCheck = PolicyCheck

local function find(db, kinds, what, name)
  local found, known = catalog.object(db, schema.snapshot(db), kinds, name)
  if not found then report.none(what, name, known) end
  return found
end

local function part(db, table_name, collection, what, name)
  local owner = find(db, { "tables", "views", "materialized_views", "foreign_tables" }, "a table", table_name)
  local found = owner[collection] and owner[collection][name]
  if not found then report.none(("table %s to have %s"):format(table_name, what), name, catalog.keys(owner[collection])) end
  return found
end

function objects.policy(db, table_name, name)
  if db.engine == "sqlite" then report.unsupported(db, "expect.policy") end
  local found = part(db, table_name, "policies", "a policy", name)
  return setmetatable({ what = ("policy %s of %s"):format(name, table_name), policy = found }, PolicyCheck)
end

function PolicyCheck:command(wanted)
  if self.policy.command:lower() ~= wanted:lower() then
    fail(("expected %s to be for %s, it is for %s"):format(self.what, wanted:upper(), self.policy.command))
  end
  return self
end

function PolicyCheck:roles(wanted)
  if not report.same_members(self.policy.roles, report.list(wanted)) then
    fail(("expected %s to be for %s, it is for %s"):format(self.what, table.concat(report.list(wanted), ", "),
      table.concat(self.policy.roles, ", ")))
  end
  return self
end

-- Row level security is on; `forced`: for the table's owner as well.
function objects.row_security(db, table_name, forced)
  if db.engine == "sqlite" then report.unsupported(db, "expect.row_security") end
  local row = db:row("SELECT relrowsecurity AS is_on, relforcerowsecurity AS forced FROM pg_class WHERE oid = to_regclass($1)",
    names.table(db, table_name))
  if not row then report.none("a table", table_name, catalog.relation_names(db)) end
  if not row.is_on then fail(("expected row level security of %s to be on, it is off"):format(table_name)) end
  if forced and not row.forced then
    fail(("expected row level security of %s to be forced, it is on for others than its owner"):format(table_name))
  end
end

-- A trigger of that table is there, and enabled.
function objects.trigger(db, table_name, name)
  local found = part(db, table_name, "triggers", "a trigger", name)
  if found.enabled and found.enabled ~= "enabled" and found.enabled ~= "always" then
    fail(("expected trigger %s of %s to be enabled, it is: %s"):format(name, table_name, found.enabled))
  end
end

-- "f" in any form, or "f(integer, text)".
function objects.function_(db, name)
  if db.engine == "sqlite" then report.unsupported(db, "expect.function_") end
  local wanted = name:find("(", 1, true) and "to_regprocedure($1) IS NOT NULL"
    or "EXISTS (SELECT FROM pg_proc p WHERE p.proname = $1 AND pg_function_is_visible(p.oid)) OR to_regproc($1) IS NOT NULL"
  if db:value("SELECT " .. wanted, name) then return end
  local known = {}
  for row in db:rows [[SELECT DISTINCT proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')]] do
    known[#known + 1] = row.name
  end
  report.none("a function", name, known)
end

function objects.extension(db, name, version)
  if db.engine == "sqlite" then report.unsupported(db, "expect.extension") end
  local found = db:value("SELECT extversion FROM pg_extension WHERE extname = $1", name)
  if not found then report.none("an extension", name) end
  if version and found ~= version then
    fail(("expected extension %s to be of version %s, it is of %s"):format(name, version, found))
  end
end

-- A view or a materialized view, that works.
function objects.view(db, name)
  local found = find(db, { "views", "materialized_views" }, "a view", name)
  if found.broken then fail(("expected view %s to work, it does not: %s"):format(name, found.broken)) end
end

function objects.sequence(db, name)
  if db.engine == "sqlite" then report.unsupported(db, "expect.sequence") end
  find(db, { "sequences" }, "a sequence", name)
end

-- The label, or the labels, of an enum are there.
function objects.enum_value(db, name, labels)
  if db.engine == "sqlite" then report.unsupported(db, "expect.enum_value") end
  local there = {}
  local found = find(db, { "enums" }, "an enum", name)
  for _, label in ipairs(found.labels or {}) do there[label] = true end
  for _, label in ipairs(report.list(labels)) do
    if not there[label] then
      fail(("expected enum %s to have %s, it has %s"):format(name, label, table.concat(found.labels or {}, ", ")))
    end
  end
end

return objects
