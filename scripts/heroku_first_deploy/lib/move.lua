-- Rows of one PostgreSQL database into the same tables of another, in one transaction, proven before it is committed.
local move = {}

-- A generated column is made anew.
local COLUMNS = [[SELECT attname AS name, atttypid = 'bytea'::regtype AS bytes FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attname]]

local REFERENCES = [[SELECT DISTINCT c.relname AS "from", f.relname AS "to" FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
  WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND k.connamespace = 'public'::regnamespace]]

local SEQUENCES = [[SELECT s.oid::regclass::text AS name FROM pg_class s
  WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace ORDER BY s.relname]]

local SAME_TEXT = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; "
  .. "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3"

-- The columns' names, and what reads them: all as text, so that nothing is rounded or reinterpreted on the way; bytes as
-- bytes.
local function columns_of(db, name)
  local columns, read = {}, {}
  for i, row in ipairs(db:query(COLUMNS, name)) do
    columns[i], read[i] = row.name, db:ident(row.name) .. (row.bytes and "" or "::text")
  end
  return columns, read
end

-- The tables so that each stands behind those that it refers to.
function move.order(db, tables)
  local left, waits, ordered = {}, {}, {}
  for _, name in ipairs(tables) do left[name], waits[name] = true, {} end
  for _, row in ipairs(db:query(REFERENCES)) do
    if left[row.from] and left[row.to] then waits[row.from][row.to] = true end
  end
  while #ordered < #tables do
    local found
    for _, name in ipairs(tables) do
      if left[name] and next(waits[name]) == nil then found = found or name end
    end
    if not found then error("the foreign keys of these tables go round in a circle: " .. table.concat(tables, ", ")) end
    ordered[#ordered + 1], left[found] = found, nil
    for _, others in pairs(waits) do others[found] = nil end
  end
  return ordered
end

-- { users = "120 rows, 7143..." }: how many, and a sum over all values that the order of rows does not change. Inside a
-- transaction.
function move.contents(db, tables)
  db:script(SAME_TEXT)
  local found = {}
  for _, name in ipairs(tables) do
    local _, read = columns_of(db, name)
    found[name] = db:value(([[SELECT count(*) || ' rows, ' || coalesce(sum(('x' || left(hash, 15))::bit(60)::bigint), 0)
      FROM (SELECT md5(ROW(%s)::text) AS hash FROM %s) AS hashed]]):format(table.concat(read, ", "), db:ident(name)))
  end
  return found
end

-- What differs, as texts.
function move.differences(a, b)
  local list = {}
  for name, contents in pairs(a) do
    if b[name] ~= contents then list[#list + 1] = ("%s: %s there, %s here"):format(name, contents, tostring(b[name])) end
  end
  table.sort(list)
  return list
end

local function copy_table(source, target, name)
  local columns, read = columns_of(source, name)
  for i, expression in ipairs(read) do read[i] = ("%s AS c%d"):format(expression, i) end
  local next_row = source:rows(("SELECT %s FROM %s"):format(table.concat(read, ", "), source:ident(name)))
  return target:copy_in(name, columns, function()
    local row = next_row()
    if not row then return nil end
    local values = {}
    for i = 1, #columns do
      local value = row["c" .. i]
      values[i] = value == nil and null or value
    end
    return values
  end)
end

-- Where each sequence of the source stands, also when numbers were given and rolled back.
local function copy_sequences(source, target)
  for _, sequence in ipairs(source:query(SEQUENCES)) do
    local at = source:row("SELECT last_value, is_called FROM " .. sequence.name)
    target:value("SELECT setval($1::regclass, $2, $3)", sequence.name, at.last_value, at.is_called)
  end
end

-- Copies the rows into empty tables; commits only when every table is what it is in one snapshot of the source. `note` is
-- called with the contents before that.
function move.rows(source, target, tables, note)
  source:transaction(function()
    local there = move.contents(source, tables)
    target:transaction(function()
      for _, name in ipairs(move.order(target, tables)) do
        if target:value("SELECT EXISTS (SELECT FROM " .. target:ident(name) .. ")") then
          error(("table %s is not empty: nothing was moved"):format(name))
        end
        log.info(("%s: %d rows"):format(name, copy_table(source, target, name)))
      end
      copy_sequences(source, target)
      local different = move.differences(there, move.contents(target, tables))
      if #different > 0 then error("the rows did not arrive as they were: " .. table.concat(different, "; ")) end
      note(there)
    end)
  end, { isolation = "repeatable read", read_only = true })
end

return move
