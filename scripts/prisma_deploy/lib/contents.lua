-- The rows of every table that was there before, without the columns that came since: the same before and after means
-- that no row was lost or changed.
local contents = {}

local TABLES = [[SELECT c.oid::regclass::text AS name, array_agg(a.attname ORDER BY a.attname) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
  GROUP BY c.oid ORDER BY 1]]

-- Table -> its columns.
function contents.columns(db)
  local found = {}
  for _, row in ipairs(db:query(TABLES)) do found[row.name] = row.columns end
  return found
end

local SUM = [[SELECT count(*) || ' rows, ' || coalesce(sum(('x' || left(md5(row(%s)::text), 15))::bit(60)::bigint), 0) FROM %s]]

function contents.read(db, columns)
  local found = {}
  for name, list in pairs(columns) do
    local names = {}
    for i, column in ipairs(list) do names[i] = db:ident(column) end
    found[name] = db:value(SUM:format(table.concat(names, ", "), name))
  end
  return found
end

function contents.changed(before, after)
  local changed = {}
  for name, was in pairs(before) do
    if after[name] ~= was then changed[#changed + 1] = ("%s had %s, and has %s"):format(name, was, after[name] or "gone") end
  end
  table.sort(changed)
  return changed
end

return contents
