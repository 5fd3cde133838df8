-- Portable DDL, beside what the host has of schemas (schema.snapshot, schema.diff ...): one module, one name.
local alter = require "tide.schema.alter"
local constraints = require "tide.schema.constraints"
local indexes = require "tide.schema.indexes"
local migration = require "tide.schema.migration"
local tables = require "tide.schema.tables"
local types = require "tide.schema.types"

local operations = {
  create_table        = tables.create_table,
  drop_table          = tables.drop_table,
  rename_table        = tables.rename_table,
  comment             = tables.comment,

  add_column          = alter.add_column,
  drop_column         = alter.drop_column,
  rename_column       = alter.rename_column,
  alter_column        = alter.alter_column,

  add_index           = indexes.add_index,
  drop_index          = indexes.drop_index,

  add_foreign_key     = constraints.add_foreign_key,
  drop_foreign_key    = constraints.drop_foreign_key,
  add_check           = constraints.add_check,
  drop_check          = constraints.drop_check,
  add_unique          = constraints.add_unique,
  drop_unique         = constraints.drop_unique,
  validate_constraint = constraints.validate_constraint,
}

local module = {}
for name, value in pairs(schema) do module[name] = value end
for name, operation in pairs(operations) do module[name] = operation end
module.sql = types.expression
function module.migration(description) return migration(operations, description) end

return module
