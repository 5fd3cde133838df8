-- Which column of one table goes into which of another, how its values are carried there, and how they are compared.
local native = ...

local describe = require "tide.data.target"

local pairing = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- The likeness of a type of PostgreSQL, by oid; what is not here is compared as text with its own kind only.
local LIKE = {
  [20] = "number", [21] = "number", [23] = "number", [26] = "number", [700] = "number", [701] = "number", [1700] = "number",
  [16] = "bool", [17] = "bytes", [1082] = "time", [1114] = "time", [1184] = "time", [2950] = "uuid", [3802] = "json",
  [1042] = "padded", [25] = "text", [1043] = "text", [18] = "text", [19] = "text", [114] = "text",
}
local JSON, JSONB = 114, 3802

local function bare(type) return (type:gsub("%(.*%)", ""):match("[^.]+$")) end

local function like_postgres(from, to)
  local a, b = LIKE[from.base], LIKE[to.base]
  if from.base == to.base or bare(from.type) == bare(to.type) then
    return (a == "number" or a == "padded" or a == "bytes") and a or "text"
  end
  if from.base == JSON and to.base == JSONB or from.base == JSONB and to.base == JSON then return "json" end
  if a == b then return a end
  if a == "text" then return b or to.category == "E" and "text" or nil end
  if b == "text" then return a == "bytes" and "bytes" or a or "text" end
end

local function like_into_postgres(to)
  return LIKE[to.base] or to.category == "E" and "text" or nil
end

local function like_out_of_postgres(from)
  local like = LIKE[from.base]
  return (like == "number" or like == "bool" or like == "bytes") and like or "text"
end

-- nil: the values have no common form.
local function likeness(from_engine, from, to_engine, to)
  if from_engine == "sqlite" then return to_engine == "sqlite" and "stored" or like_into_postgres(to) end
  return to_engine == "sqlite" and like_out_of_postgres(from) or to_engine == "postgres" and like_postgres(from, to) or nil
end

-- By SQLite's rules for the affinity of a column.
local function is_text(type)
  type = type:upper()
  return not type:find "INT" and (type:find "CHAR" or type:find "CLOB" or type:find "TEXT") and true
end

local function carriage(from_engine, to_engine, to)
  if to_engine == "sqlite" then return from_engine == "postgres" and is_text(to.type) and "digits" or "" end
  local like = LIKE[to.base]
  return like == "bytes" and "bytes" or like == "number" and "flag" or ""
end

-- The names that are copied: those of the key first, then those asked for, or all.
local function wanted(source, columns)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  for _, column in ipairs(source.key) do add(column.name) end
  for _, name in ipairs(columns or {}) do add(describe.column(source, name).name) end
  if columns then return names end
  for _, column in ipairs(source.columns) do add(column.name) end
  return names
end

local function refuse_lacking(source, target, lacking)
  if #lacking == 0 then return end
  usage(("%s has no column %s, which %s has"):format(target.shown, table.concat(lacking, ", "), source.shown))
end

local function refuse_unfilled(target, taken)
  local unfilled = {}
  for _, column in ipairs(target.columns) do
    if column.required and not column.filled and not column.computed and not taken[column] then
      unfilled[#unfilled + 1] = column.name
    end
  end
  if #unfilled == 0 then return end
  usage(("%s: %s %s NOT NULL, without a default, and nothing is copied into %s"):format(target.shown,
    table.concat(unfilled, ", "), #unfilled == 1 and "is" or "are", #unfilled == 1 and "it" or "them"))
end

-- `from` and `to` have db and target (with its key, for the source); `columns` are names, or nil for all. Columns that the
-- target computes are left out. A list of { from =, to =, like =, carry = }, the key first.
function pairing.make(from, to, columns)
  local source, target, pairs_, lacking, taken = from.target, to.target, {}, {}, {}
  for _, name in ipairs(wanted(source, columns)) do
    local column, other = source.by_name[name], target.by_name[name]
    if not other and not (column.computed and not columns) then
      lacking[#lacking + 1] = name
    elseif other and other.computed and columns then
      usage(("%s.%s is generated: it cannot be copied into"):format(target.shown, name))
    elseif other and not other.computed then
      taken[other] = true
      pairs_[#pairs_ + 1] = { from = column, to = other, carry = carriage(from.db.engine, to.db.engine, other),
        like = likeness(from.db.engine, column, to.db.engine, other) or "" }
    end
  end
  refuse_lacking(source, target, lacking)
  refuse_unfilled(target, taken)
  return pairs_
end

-- One field of each pair, or of its column on one side: pick(pairs, "like"), pick(pairs, "from", "full").
function pairing.pick(pairs_, field, of)
  local list = {}
  for i, pair in ipairs(pairs_) do list[i] = of and pair[field][of] or pair[field] end
  return list
end

-- The target's columns that the source's key goes into.
function pairing.key_of(source, pairs_)
  local key = {}
  for i in ipairs(source.key) do key[i] = pairs_[i].to end
  return key
end

function pairing.freight(source, pairs_)
  return native.rows.new_freight(pairing.pick(pairs_, "from", "name"), pairing.pick(pairs_, "carry"), #source.key)
end

function pairing.sums(source, pairs_, buckets)
  return native.rows.new_sums(pairing.pick(pairs_, "like"), #source.key, buckets)
end

-- Says which columns cannot be compared, because the target writes their values in a way of its own.
function pairing.warn_of_ignored(name, pairs_)
  local ignored = {}
  for _, pair in ipairs(pairs_) do
    if pair.like == "" then ignored[#ignored + 1] = ("%s (%s into %s)"):format(pair.from.name, pair.from.type, pair.to.type) end
  end
  if #ignored == 0 then return end
  native.log.log("warn", ("%s: not compared, as the types write their values in different ways: %s"):format(name,
    table.concat(ignored, ", ")))
end

return pairing
