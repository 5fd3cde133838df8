-- Places in the order of a key, as SQL: "behind this row", "up to that one", and the row's key as a text that keeps it.
-- On PostgreSQL the text is JSON of the values as text, on SQLite JSON of SQL literals; there a text with NUL characters,
-- which has no literal, is T'its bytes in hex'.

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
  local kind, hex = text:match("^([XT])'(.*)'$")
  if hex then
    local plain = hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
    return kind == "X" and bytes(plain) or plain
  end
  return text:find("[.eE]") and tonumber(text) or numeric(text)
end

local LITERAL = "CASE WHEN typeof({}) = 'text' AND instr({}, char(0)) > 0 THEN 'T''' || hex({}) || '''' ELSE quote({}) END"

local function literal_sql(item) return (LITERAL:gsub("{}", (item:gsub("%%", "%%%%")))) end

-- The values of a kept key.
function keys.decode(db, text)
  local values = json.decode(text)
  if db.engine == "postgres" then return values end
  for i, literal in ipairs(values) do values[i] = from_literal(literal) end
  return values
end

-- `$n` for each column of the key, from `first` on, for these values. On SQLite a string is a text here, also one that the
-- driver would send as a BLOB because it holds what no text should; the + takes the affinity away again.
function keys.parameters(db, target, first, values)
  local items = {}
  for i, column in ipairs(target.key) do
    local item = "$" .. first + i - 1
    if db.engine == "postgres" then
      items[i] = item .. "::" .. column.type
    else
      items[i] = type(values[i]) == "string" and "+CAST(" .. item .. " AS TEXT)" or item
    end
  end
  return items
end

-- SQL that makes the kept text of the key of a row, or of parameters.
function keys.encoded(db, target, items)
  local texts = {}
  for i, item in ipairs(items or columns_of(target)) do
    texts[i] = db.engine == "postgres" and "(" .. item .. ")::text" or literal_sql(item)
  end
  if db.engine == "postgres" then return "to_json(ARRAY[" .. table.concat(texts, ", ") .. "])::text" end
  return "json_array(" .. table.concat(texts, ", ") .. ")"
end

-- SQLite: whether each part of the key is a BLOB, which a script is given as a string like any text. They follow the
-- columns of a row (see changes.compile), so that the key is known as it is.
function keys.blobs(target)
  local items = {}
  for i, column in ipairs(target.engine == "sqlite" and target.key or {}) do
    items[i] = ("typeof(%s) = 'blob'"):format(column.full)
  end
  return items
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
        list_of(keys.parameters(db, target, #values + 1, bound[2])))
      for _, value in ipairs(bound[2]) do values[#values + 1] = value end
    end
  end
  return #parts > 0 and " WHERE " .. table.concat(parts, " AND ") or "", values
end

return keys
