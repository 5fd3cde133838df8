-- Names: as scripts write them, as SQL takes them, and those that nobody gave.
local native = ...

local names = {}

local LONGEST = 63 -- bytes that PostgreSQL keeps of a name

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check(db, name, what)
  if type(name) ~= "string" or name == "" then
    usage(("%s is a text, not %s"):format(what, name == "" and "an empty one" or "a " .. type(name)))
  end
  if name:find("%z") then usage(("%s holds a NUL byte"):format(what)) end
  if db.engine == "postgres" and #name > LONGEST then
    usage(("%s '%s' has %d bytes, and PostgreSQL keeps %d of a name"):format(what, name, #name, LONGEST))
  end
  return name
end

-- `"Order.Lines"` and `public."Order ""x"""` as SQL spells them: a list of parts, or nil.
local function spelled_parts(text)
  local parts, at = {}, 1
  repeat
    local quoted, after = text:match('^"(.-)"()', at)
    while quoted and text:sub(after, after) == '"' do
      local more, next_after = text:match('^"(.-)"()', after)
      if not more then return nil end
      quoted, after = quoted .. '"' .. more, next_after
    end
    if not quoted then quoted, after = text:match('^([^".]+)()', at) end
    if not quoted then return nil end
    parts[#parts + 1] = quoted
    at = after + 1
  until after > #text or text:sub(after, after) ~= "."
  return at > #text + 1 and parts or nil
end

-- The name of a table, and its schema where one is given: "users", "audit.log"; in the quotes of SQL a part may hold
-- a dot: 'audit."Log.2025"'.
function names.split(name)
  if type(name) ~= "string" or name == "" then
    usage(("the name of a table is a text, not %s"):format(name == "" and "an empty one" or "a " .. type(name)))
  end
  local parts = name:find('"', 1, true) and spelled_parts(name)
  if not parts then
    local schema, relation = name:match("^([^.]+)%.(.+)$")
    return relation or name, schema
  end
  if #parts > 2 then usage(("'%s' has %d parts; a table has a name and may have a schema"):format(name, #parts)) end
  return parts[2] or parts[1], parts[2] and parts[1] or nil
end

-- A column, an index, a constraint, as SQL takes it.
function names.quote(db, name, what) return db:ident(check(db, name, what or "the name")) end

function names.list(db, columns, what)
  local quoted = {}
  for i, column in ipairs(columns) do quoted[i] = names.quote(db, column, what or "the name of a column") end
  return table.concat(quoted, ", ")
end

-- A table as SQL takes it.
function names.table(db, name)
  local relation, schema = names.split(name)
  local quoted = names.quote(db, relation, "the name of a table")
  return schema and names.quote(db, schema, "the name of a schema") .. "." .. quoted or quoted
end

-- What lives in the schema of a table, such as its index.
function names.beside(db, table_name, name)
  local _, schema = names.split(table_name)
  local quoted = names.quote(db, name)
  return schema and names.quote(db, schema) .. "." .. quoted or quoted
end

-- The longest head of at most `size` bytes that cuts no character.
local function head_of(text, size)
  while size > 0 do
    local byte = text:byte(size + 1)
    if not byte or byte < 0x80 or byte >= 0xc0 then break end
    size = size - 1
  end
  return text:sub(1, size)
end

-- As PostgreSQL calls what nobody gave a name: users_email_key. What would be too long ends in a digest of the whole.
function names.made_up(table_name, columns, kind)
  local parts = { (names.split(table_name)) }
  for _, column in ipairs(columns) do parts[#parts + 1] = column end
  local base = table.concat(parts, "_")
  if #base + #kind + 1 <= LONGEST then return base .. "_" .. kind end
  return ("%s_%s_%s"):format(head_of(base, LONGEST - #kind - 10), sha256(base):sub(1, 8), kind)
end

return names
