-- The statements that take back a batch of an import, $1..$4: behind this image, up to that one (range, number): a row
-- that it has changed becomes what it was, one that it has added goes, where they still hold what it has written. The last
-- one says how many that were.
local import_undo = {}

local PART = "(tide_i.tide_range, tide_i.tide_n) > ($1, $2) AND (tide_i.tide_range, tide_i.tide_n) <= ($3, $4)"

local function listed(columns, make, separator)
  local items = {}
  for i, column in ipairs(columns) do items[i] = make(i, column) end
  return table.concat(items, separator or ", ")
end

local function sqlite(target, columns, images, matches, set)
  local marked = PART:gsub("tide_i%.", "") .. " AND tide_problem = 'restored'"
  local statements = {
    ("UPDATE %s AS tide_i SET tide_problem = 'restored' WHERE %s AND EXISTS (SELECT 1 FROM %s AS %s WHERE %s)"):format(
      images, PART, target.sql, target.alias, matches),
    ("DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE tide_new AND %s)"):format(target.sql,
      listed(target.key, function(_, c) return c.sql end), listed(target.key, function(i) return "k" .. i end), images,
      marked),
    ("DELETE FROM %s WHERE %s"):format(images, marked),
  }
  if #columns > 0 then
    table.insert(statements, 2, ("UPDATE %s AS %s SET %s FROM %s AS tide_i WHERE %s AND NOT tide_i.tide_new "
      .. "AND tide_i.tide_problem = 'restored' AND %s"):format(target.sql, target.alias, set, images, PART, matches))
  end
  return statements
end

local function postgres(target, columns, images, matches, set)
  local parts = { ("tide_g AS (DELETE FROM %s%s AS %s USING %s AS tide_i WHERE %s AND tide_i.tide_new AND %s "
    .. "RETURNING tide_i.tide_range, tide_i.tide_n)"):format(target.only, target.sql, target.alias, images, PART, matches) }
  if #columns > 0 then
    parts[2] = ("tide_u AS (UPDATE %s%s AS %s SET %s FROM %s AS tide_i WHERE %s AND NOT tide_i.tide_new AND %s "
      .. "RETURNING tide_i.tide_range, tide_i.tide_n)"):format(target.only, target.sql, target.alias, set, images, PART,
      matches)
  end
  return {
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off",
    ("WITH %s DELETE FROM %s AS d USING (SELECT * FROM tide_g%s) AS x WHERE d.tide_range = x.tide_range "
      .. "AND d.tide_n = x.tide_n"):format(table.concat(parts, ", "), images,
      parts[2] and " UNION ALL SELECT * FROM tide_u" or ""),
  }
end

-- `same(column, i)` is the condition that a column still holds what was written.
function import_undo.statements(db, target, columns, images, same)
  local conditions = { listed(target.key, function(i, c) return ("%s = tide_i.k%d"):format(c.full, i) end, " AND ") }
  for i, column in ipairs(columns) do conditions[#conditions + 1] = same(column, i) end
  local set = listed(columns, function(i, c) return ("%s = tide_i.b%d"):format(c.sql, i) end)
  local make = db.engine == "sqlite" and sqlite or postgres
  return make(target, columns, images, table.concat(conditions, " AND "), set)
end

return import_undo
