-- Whether two tables hold like rows: both are read, each in one snapshot, and counted and summed up by buckets of their
-- keys. Where the sums differ, the rows of those buckets are held against each other one by one.
local native = ...

local pairing = require "tide.data.pairing"
local sessions = require "tide.data.sessions"
local targets = require "tide.data.target"

local compare = {}

local rows = native.rows

local BUCKETS = 65536
local LOOKED_INTO = 32 -- buckets: some thousandth of the rows are held in memory then
local NAMED = 10

local function select_text(side, pairs_, field, where)
  local target = side.target
  return ("SELECT %s FROM %s%s AS %s%s"):format(table.concat(pairing.pick(pairs_, field, "full"), ", "), target.only,
    target.sql, target.alias, where and " WHERE (" .. where .. "\n)" or "")
end

-- Both at the same time, on a thread each, unless they share a session.
local function add_up(from, to, pairs_, where, keep)
  local here, there = pairing.sums(from.target, pairs_, BUCKETS), pairing.sums(from.target, pairs_, BUCKETS)
  if keep then
    rows.keep(here, keep)
    rows.keep(there, keep)
  end
  rows.sum(from.db, here, select_text(from, pairs_, "from", where))
  if from.db == to.db then rows.wait(here) end
  rows.sum(to.db, there, select_text(to, pairs_, "to"))
  return here, there, rows.wait(here), rows.wait(there)
end

local function first_of(list, count)
  local few = {}
  for i = 1, math.min(count, #list) do few[i] = list[i] end
  return few
end

local function named(target, difference)
  local key = {}
  for i = 2, #difference do key[i - 1] = difference[i] end
  return targets.row_name(target, key)
end

local function describe(from, found, total, whole)
  local by_kind = { missing = {}, extra = {}, different = {} }
  for _, difference in ipairs(found) do
    local list = by_kind[difference[1]]
    list[#list + 1] = named(from.target, difference)
  end
  local parts = {}
  for _, kind in ipairs { "missing", "extra", "different" } do
    if #by_kind[kind] > 0 then parts[#parts + 1] = kind .. ": " .. table.concat(by_kind[kind], ", ") end
  end
  if total > #found or not whole then parts[#parts + 1] = whole and ("%d more"):format(total - #found) or "and more" end
  return table.concat(parts, "; ")
end

local function look(from, to, pairs_, where)
  local here, there, count, other = add_up(from, to, pairs_, where)
  local buckets = rows.differing(here, there)
  if #buckets == 0 then return nil, count end
  here, there = add_up(from, to, pairs_, where, first_of(buckets, LOOKED_INTO))
  local found, total = rows.differences(here, there, NAMED)
  return ("%d rows in %s, %d in %s; %s"):format(count, from.target.shown, other, to.target.shown,
    describe(from, found, total, #buckets <= LOOKED_INTO)), count
end

-- Nil and the number of rows when they are alike, else what differs. `from` and `to` have db, unused, and target.
function compare.tables(from, to, pairs_, where)
  sessions.begin_snapshot(from.db)
  if from.db ~= to.db then sessions.begin_snapshot(to.db) end
  local ok, differs, count = xpcall(look, native.host.catch, from, to, pairs_, where)
  sessions.rollback(from.db)
  if from.db ~= to.db then sessions.rollback(to.db) end
  if not ok then native.host.rethrow(differs) end
  return differs, count
end

return compare
