-- Assertions for `verify` and for checks inside `up`. Each raises an error of kind "verify" that says what was
-- expected and what was found; `done` so far is rolled back with the migration's transaction.
local columns = require "tide.expect.columns"
local constraints = require "tide.expect.constraints"
local objects = require "tide.expect.objects"
local values = require "tide.expect.values"

return {
  table        = columns.table,
  no_table     = columns.no_table,
  column       = columns.column,
  index        = columns.index,
  no_index     = columns.no_index,

  foreign_key  = constraints.foreign_key,
  unique       = constraints.unique,
  primary_key  = constraints.primary_key,
  check        = constraints.check,

  policy       = objects.policy,
  row_security = objects.row_security,
  trigger      = objects.trigger,
  function_    = objects.function_,
  extension    = objects.extension,
  view         = objects.view,
  sequence     = objects.sequence,
  enum_value   = objects.enum_value,

  value        = values.value,
  count        = values.count,
  rows         = values.rows,
  unchanged    = values.unchanged,
  that         = values.that,
}
