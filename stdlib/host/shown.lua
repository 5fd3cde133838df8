-- What a prompt shows of Lua values: rows as tables, everything else as text.
local native = ...

local type, null = native.numeric.type, native.numeric.null()
local orders = native.column_orders

local DEEPEST, LONGEST = 6, 200 -- levels of a table, entries of one

local function is_scalar(value)
  local kind = type(value)
  return value == nil or value == null or kind == "number" or kind == "numeric" or kind == "string" or kind == "boolean"
    or kind == "bytes"
end

local function quoted(text) return (("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r"):gsub("%z", "\\0")) end

local function key_text(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return key end
  return "[" .. (type(key) == "string" and quoted(key) or tostring(key)) .. "]"
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    if type(key) ~= "number" or key < 1 or key > #value or key % 1 ~= 0 then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local text_of

local function table_text(value, depth, seen)
  if seen[value] then return "{ ... }" end
  if depth >= DEEPEST then return "{ ... }" end
  seen[value] = true
  local parts, width = {}, 0
  local function add(text)
    parts[#parts + 1] = text
    width = width + #text + 2
  end
  for i = 1, math.min(#value, LONGEST) do add(text_of(value[i], depth + 1, seen)) end
  if #value > LONGEST then add(("... %d more"):format(#value - LONGEST)) end
  for _, key in ipairs(sorted_keys(value)) do
    add(key_text(key) .. " = " .. text_of(value[key], depth + 1, seen))
  end
  seen[value] = nil
  if #parts == 0 then return "{}" end
  if width <= 90 then return "{ " .. table.concat(parts, ", ") .. " }" end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

function text_of(value, depth, seen)
  if type(value) == "string" then return depth == 0 and value or quoted(value) end
  -- debug.getmetatable: objects hide theirs
  if type(value) == "table" and debug.getmetatable(value) == nil then return table_text(value, depth, seen) end
  return tostring(value)
end

-- The names of the columns when `value` is a list of rows: in the order of the query, or else sorted.
local function columns_of(value)
  if type(value) ~= "table" or #value == 0 then return nil end
  local names, known = {}, {}
  for _, row in ipairs(value) do
    if type(row) ~= "table" or #row > 0 or next(row) == nil or debug.getmetatable(row) ~= nil then return nil end
    for name, cell in pairs(row) do
      if type(name) ~= "string" or not is_scalar(cell) then return nil end
      if not known[name] then
        known[name] = true
        names[#names + 1] = name
      end
    end
  end
  if next(value, #value) ~= nil then return nil end
  table.sort(names)
  return names
end

local function rows_of(value, names)
  local rows = {}
  for i, row in ipairs(value) do
    local cells = {}
    for at, name in ipairs(names) do
      local cell = row[name]
      if cell == nil then cell = null end
      cells[at] = is_scalar(cell) and cell or text_of(cell, 1, {})
    end
    rows[i] = cells
  end
  return rows
end

local shown = {}

-- { text = ... } or { names = { ... }, rows = { { ... }, ... } }
function shown.of(value)
  local names = type(value) == "table" and (orders[value] or columns_of(value))
  if names then return { names = names, rows = rows_of(value, names) } end
  return { text = text_of(value, 0, {}) }
end

return shown
