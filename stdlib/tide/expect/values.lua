-- Values, counts and rows.
local native = ...

local report = require "tide.expect.report"
local names = require "tide.schema.names"

local fail, same, show = report.fail, report.same, report.show
local values = {}

local ValueCheck, RowsCheck = {}, {}
ValueCheck.__index, RowsCheck.__index = ValueCheck, RowsCheck

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
function values.value(db, sql, ...) return check_value(db:value(sql, ...), sql) end

-- How many rows a table has.
function values.count(db, name)
  return check_value(db:value("SELECT count(*) FROM " .. names.table(db, name)), "rows of " .. name)
end

function RowsCheck:count(expected)
  if #self.rows ~= expected then
    fail(("expected %d rows, found %d: %s"):format(expected, #self.rows, self.sql))
  end
  return self
end

function RowsCheck:empty() return self:count(0) end

local function row_text(row)
  if row == nil then return "no row" end
  local fields = {}
  for name, value in pairs(row) do fields[#fields + 1] = ("%s = %s"):format(name, show(value)) end
  table.sort(fields)
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local function same_row(a, b)
  if a == nil or b == nil then return a == b end
  for name, value in pairs(a) do
    if not same(value, b[name]) and row_text { value } ~= row_text { b[name] } then return false end
  end
  for name, value in pairs(b) do
    if a[name] == nil and value ~= null then return false end
  end
  return true
end

-- The number of the first row in which they differ.
local function first_difference(a, b)
  for i = 1, math.max(#a, #b) do
    if not same_row(a[i], b[i]) then return i end
  end
end

-- These rows, in this order.
function RowsCheck:equals(expected)
  local at = first_difference(expected, self.rows)
  if at then
    fail(("row %d: expected %s, found %s: %s"):format(at, row_text(expected[at]), row_text(self.rows[at]), self.sql))
  end
  return self
end

-- The rows of a query.
function values.rows(db, sql, ...) return setmetatable({ rows = db:query(sql, ...), sql = sql }, RowsCheck) end

local function read_all(db, queries)
  local found = {}
  for i, sql in ipairs(queries) do found[i] = db:query(sql) end
  return found
end

local function refuse_change(sql, before, after)
  local at = first_difference(before, after)
  if not at then return end
  fail(("expected to be unchanged: %s\nrow %d before: %s\nrow %d after: %s"):format(sql, at, row_text(before[at]), at,
    row_text(after[at])))
end

-- Each query gives the same rows behind `fn` as before it. Passes on what `fn` returns.
function values.unchanged(db, queries, fn)
  if type(fn) ~= "function" then
    native.host.raise { kind = "usage", message = "expect.unchanged takes a query (or a list of them) and a function" }
  end
  queries = report.list(queries)
  local before = read_all(db, queries)
  local function compare(...)
    for i, after in ipairs(read_all(db, queries)) do refuse_change(queries[i], before[i], after) end
    return ...
  end
  return compare(fn(db))
end

-- Anything else: `message` says what was expected.
function values.that(condition, message)
  if not condition then fail(message or "an expectation does not hold") end
end

return values
