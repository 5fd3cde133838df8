-- SQL that a script hands in as a part of a statement: whether it is one whole expression, and nothing beside it. What
-- ended the statement and began another, or closed a parenthesis of ours, would act beyond the rows of a batch.
local native = ...

local sql = require "tide.data.sql"

local expression = {}

local function refuse(what, message) native.host.raise { kind = "usage", message = ("%s: %s"):format(what, message) } end

local PASSED_ON = { connect = true, interrupted = true, timeout = true }

-- Nothing is run: the server says what it would do. A statement with a value is never taken for several.
local function explain(db, what, text, ...)
  local ok, failure = xpcall(sql.query, native.host.catch, db, "EXPLAIN " .. text, ...)
  if ok then return end
  local described = sql.described(failure)
  if type(described) ~= "table" or PASSED_ON[described.kind] then native.host.rethrow(failure) end
  refuse(what, described.message)
end

-- A condition on the rows of the table.
local function check_condition(db, target, text, call)
  if not text then return end
  local what = call .. ": where"
  if not text:find("%S") then refuse(what, 'it is empty; "true" is every row') end
  local from = (" FROM %s%s AS %s WHERE "):format(target.only, target.sql, target.alias)
  local value = db.engine == "postgres" and "$1::text" or "$1"
  explain(db, what, "SELECT " .. value .. from .. text .. "\n", "")
  explain(db, what, "SELECT 1" .. from .. "(" .. text .. "\n)")
end

-- A value for the column.
local function check_value(db, target, column, text, call)
  local what = ("%s: set.%s"):format(call, column.name)
  local set = ("UPDATE %s%s AS %s SET %s = "):format(target.only, target.sql, target.alias, column.sql)
  local value = db.engine == "postgres" and "$1::text" or "$1"
  explain(db, what, set .. text .. "\n WHERE " .. value .. " = ''", "")
  if text:upper():match("^%s*DEFAULT%s*$") then return end
  explain(db, what, set .. "(" .. text .. "\n)")
end

-- Raises ("usage") unless `where` and each of `sets` (see plan.sets) are what they should be.
function expression.check(db, target, where, sets, call)
  check_condition(db, target, where, call)
  for _, set in ipairs(sets) do check_value(db, target, set.column, set.expression, call) end
end

return expression
