-- The sequences behind the columns of a table of PostgreSQL, set behind the values that were copied in. SQLite keeps its
-- own up to date.
local native = ...

local sql = require "tide.data.sql"

local sequences = {}

-- Those of identity and serial columns, and those that a default takes its value from.
local OF_TABLE = [[
SELECT DISTINCT a.attname AS column, s.oid::regclass::text AS sequence, q.seqincrement > 0 AS up
FROM pg_depend d
JOIN pg_class s ON s.relkind = 'S' AND s.oid IN (d.objid, d.refobjid)
JOIN pg_sequence q ON q.seqrelid = s.oid
LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = CASE WHEN f.oid IS NULL THEN d.refobjsubid ELSE f.adnum END
WHERE d.refclassid = 'pg_class'::regclass AND (f.adrelid = $1 OR (f.oid IS NULL AND d.objid = s.oid AND d.refobjid = $1))
ORDER BY 1, 2]]

-- Forward only. What was given out already, or is beyond what the sequence may give, stays as it is.
local function set(db, target, found)
  local text = ([[SELECT setval(%s, t.value) FROM (SELECT %s(%s)::bigint AS value FROM %s) AS t, %s AS s
WHERE t.value %s s.last_value OR t.value = s.last_value AND NOT s.is_called]]):format(db:literal(found.sequence),
    found.up and "max" or "min", db:ident(found.column), target.sql, found.sequence, found.up and ">" or "<")
  return sql.value(db, text)
end

function sequences.set_behind(db, target, pairs_)
  if db.engine ~= "postgres" then return end
  local copied = {}
  for _, pair in ipairs(pairs_) do copied[pair.to.name] = true end
  for _, found in ipairs(sql.query(db, OF_TABLE, target.oid)) do
    local value = copied[found.column] and set(db, target, found)
    if value then native.log.log("info", ("sequence %s stands at %s"):format(found.sequence, tostring(value))) end
  end
end

return sequences
