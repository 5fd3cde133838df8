-- Places in the order of a key, as SQL: "behind this row", "up to that one", and the row's key as a text that keeps it.
-- On PostgreSQL the text is JSON of the values as text, on SQLite JSON of SQL literals.

local keys = {}

local function list_of(items) return #items == 1 and items[1] or "(" .. table.concat(items, ", ") .. ")" end

local function columns_of(target)
  local names = {}
  for i, column in ipairs(target.key) do names[i] = column.full end
  return names
end

-- "'it''s'" -> "it's"; "X'00ff'" -> two bytes; "1.5", "7" as they are
local function from_literal(text)
  local quoted = text:match("^'(.*)'$")
  if quoted then return (quoted:gsub("''", "'")) end
  local hex = text:match("^X'(.*)'$")
  if hex then return bytes((hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))) end
  return text:find("[.eE]") and tonumber(text) or numeric(text)
end

-- The values of a kept key.
function keys.decode(db, text)
  local values = json.decode(text)
  if db.engine == "postgres" then return values end
  for i, literal in ipairs(values) do values[i] = from_literal(literal) end
  return values
end

-- `$n` for each column of the key, from `first` on.
function keys.parameters(db, target, first)
  local items = {}
  for i, column in ipairs(target.key) do
    items[i] = "$" .. first + i - 1 .. (db.engine == "postgres" and "::" .. column.type or "")
  end
  return items
end

-- SQL that makes the kept text of the key of a row, or of parameters.
function keys.encoded(db, target, items)
  local texts = {}
  for i, item in ipairs(items or columns_of(target)) do
    texts[i] = db.engine == "postgres" and "(" .. item .. ")::text" or "quote(" .. item .. ")"
  end
  if db.engine == "postgres" then return "to_json(ARRAY[" .. table.concat(texts, ", ") .. "])::text" end
  return "json_array(" .. table.concat(texts, ", ") .. ")"
end

function keys.order(target) return table.concat(columns_of(target), ", ") end

-- The condition that a row lies behind `low` and not behind `high` (lists of values; nil = no bound) and fulfils
-- `where`; its values follow in the list.
function keys.between(db, target, where, low, high)
  local parts, values = {}, {}
  if where then parts[1] = "(" .. where .. "\n)" end
  for _, bound in ipairs { { ">", low }, { "<=", high } } do
    if bound[2] then
      parts[#parts + 1] = ("%s %s %s"):format(list_of(columns_of(target)), bound[1],
        list_of(keys.parameters(db, target, #values + 1)))
      for _, value in ipairs(bound[2]) do values[#values + 1] = value end
    end
  end
  return #parts > 0 and " WHERE " .. table.concat(parts, " AND ") or "", values
end

return keys
