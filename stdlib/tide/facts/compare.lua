-- Facts before and after, against what was expected to change.
local native = ...

local compare = {}

local OPTIONS = { rows = "string|table", values = "string|table", sizes = "string|table", schema = "string" }
local COUNTS = {
  "tables", "columns", "indexes", "constraints", "views", "materialized_views", "sequences", "functions", "triggers",
  "policies", "types", "enums", "domains", "extensions", "schemas",
}
for _, name in ipairs(COUNTS) do OPTIONS[name] = "string|number|table" end

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function is_number(value) return type(value) == "number" or native.numeric.is(value) end

local function show(value)
  if value == nil then return "not there" end
  if value == null then return "NULL" end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

local function signed(value) return value > 0 and "+" .. tostring(value) or tostring(value) end

-- What was expected, in words.
local function expectation_text(expected)
  if expected == nil then return "unchanged" end
  if type(expected) ~= "table" then return is_number(expected) and signed(expected) or tostring(expected) end
  if expected.to ~= nil then return "to be " .. show(expected.to) end
  return ("%s to %s"):format(signed(expected[1]), signed(expected[2]))
end

local function check_expectation(what, expected)
  if expected == nil or expected == "any" or is_number(expected) then return end
  local range = type(expected) == "table" and (expected.to ~= nil or is_number(expected[1]) and is_number(expected[2]))
  if not range then
    usage(("facts.compare: %s is a change (9), a range of changes ({ 0, 5 }), { to = VALUE }, or \"any\"; not %s")
      :format(what, type(expected) == "table" and "such a table" or show(expected)))
  end
end

local function same(a, b)
  return a == b or is_number(a) and is_number(b) and not (a < b) and not (b < a)
end

-- Whether the change is as expected. What is not there has 0 rows.
local function holds(before, after, expected)
  if expected == "any" then return true end
  if type(expected) == "table" and expected.to ~= nil then return same(after, expected.to) end
  if expected == nil then return same(before, after) end
  if not is_number(before or 0) or not is_number(after or 0) then return false end
  local change = (after or 0) - (before or 0)
  if is_number(expected) then return same(change, expected) end
  return change >= expected[1] and change <= expected[2]
end

local function add_line(lines, fact, before, after, expected)
  check_expectation(fact, expected)
  lines[#lines + 1] = {
    fact = fact, before = before, after = after, expected = expected, holds = holds(before, after, expected),
  }
end

local function keys_of(...)
  local seen, list = {}, {}
  for _, members in ipairs { ... } do
    for key in pairs(members) do
      if not seen[key] then list[#list + 1] = key end
      seen[key] = true
    end
  end
  table.sort(list)
  return list
end

-- Rows, values or sizes: by name. "any" stands for all of them.
local function compare_members(lines, group, before, after, expected)
  local each = type(expected) == "table" and expected or {}
  if expected ~= nil and expected ~= "any" and type(expected) ~= "table" then
    usage(("facts.compare: %s is a table by name, or \"any\""):format(group))
  end
  local known = keys_of(before, after)
  for _, name in ipairs(keys_of(each)) do
    if before[name] == nil and after[name] == nil then
      local near = native.host.nearest(tostring(name), known)
      usage(("facts.compare: there are no %s of '%s'%s"):format(group, tostring(name),
        near ~= "" and (", did you mean '%s'?"):format(near) or ""))
    end
  end
  for _, name in ipairs(known) do
    local own = each[name]
    if own == nil and (expected == "any" or group == "sizes") then own = "any" end
    add_line(lines, group .. "." .. name, before[name], after[name], own)
  end
end

-- Tables that came or went are told by the counts; their rows are expected to come and go with them.
local function rows_expected(before, after, expected)
  if type(expected) == "string" then return expected end
  local own = {}
  for name, value in pairs(expected or {}) do own[name] = value end
  for _, name in ipairs(keys_of(before, after)) do
    if own[name] == nil and (before[name] == nil or after[name] == nil) then own[name] = "any" end
  end
  return own
end

local function any_expected(expected)
  for _, name in ipairs(COUNTS) do
    if expected[name] ~= nil and expected[name] ~= 0 then return true end
  end
  return expected.schema == "any"
end

local function compare_all(before, after, expected)
  local lines = {}
  for _, name in ipairs(COUNTS) do
    local was, is = before.counts[name], after.counts[name]
    if was ~= 0 or is ~= 0 or expected[name] ~= nil then add_line(lines, name, was, is, expected[name]) end
  end
  add_line(lines, "schema", before.schema:sub(1, 12), after.schema:sub(1, 12), any_expected(expected) and "any" or nil)
  compare_members(lines, "rows", before.rows or {}, after.rows or {},
    rows_expected(before.rows or {}, after.rows or {}, expected.rows))
  compare_members(lines, "values", before.values or {}, after.values or {}, expected.values)
  compare_members(lines, "sizes", before.sizes or {}, after.sizes or {}, expected.sizes)
  return lines
end

-- Characters, not bytes.
local function width(text) return select(2, text:gsub("[^\128-\191]", "")) end

local function pad(text, to) return text .. (" "):rep(to - width(text)) end

local HEAD = { "fact", "before", "after", "change", "expected", "" }

-- A line of a comparison in words.
local function in_words(line)
  local change = ""
  if is_number(line.before or 0) and is_number(line.after or 0) then change = signed((line.after or 0) - (line.before or 0)) end
  return { fact = line.fact, before = show(line.before), after = show(line.after), change = change,
    expected = expectation_text(line.expected), holds = line.holds }
end

local function cells_of(line)
  local said = in_words(line)
  return { said.fact, said.before, said.after, said.change, said.expected, said.holds and "" or "<- not as expected" }
end

local function align(rows)
  local widths, out = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, width(cell)) end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for column, cell in ipairs(row) do cells[column] = pad(cell, widths[column]) end
    out[i] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(out, "\n")
end

-- The comparison as an aligned table.
function compare.text(comparison)
  local rows = { HEAD }
  for _, line in ipairs(comparison) do rows[#rows + 1] = cells_of(line) end
  return align(rows)
end

function compare.in_words(comparison)
  local said = {}
  for i, line in ipairs(comparison) do said[i] = in_words(line) end
  return said
end

local function is_facts(value) return type(value) == "table" and type(value.counts) == "table" and value.format == 1 end

-- Raises for an expectation that can be seen to be none before anything was taken; returns it.
function compare.expectation(expected)
  expected = native.options("facts.compare", expected, OPTIONS)
  for _, name in ipairs(COUNTS) do check_expectation(name, expected[name]) end
  return expected
end

-- Every fact, and whether it holds.
function compare.lines(before, after, expected)
  if not is_facts(before) or not is_facts(after) then usage "facts.compare takes what facts.take returned, twice" end
  if before.engine ~= after.engine then usage "facts.compare compares facts of one engine" end
  return compare_all(before, after, compare.expectation(expected))
end

-- Raises when anything changed that was not expected, or did not change as it was; else the comparison, line by line.
function compare.check(before, after, expected)
  local lines = compare.lines(before, after, expected)
  local surprises = {}
  for _, line in ipairs(lines) do
    if not line.holds then
      surprises[#surprises + 1] = ("%s: expected %s, found %s before and %s after"):format(line.fact,
        expectation_text(line.expected), show(line.before), show(line.after))
    end
  end
  if #surprises == 0 then return lines end
  native.host.raise {
    kind = "verify", message = "the facts are not as expected: " .. table.concat(surprises, "; "), detail = compare.text(lines),
  }
end

return compare
