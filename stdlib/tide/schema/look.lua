-- Questions to the catalogs that are not the script's own: they are not counted, and no plan shows them.
local native = ...

local look = {}

-- All rows, fields by column name.
function look.rows(db, sql, ...)
  local rows, list = native.db.look(db, sql, ...), {}
  for row in native.db.fetch_table, rows do list[#list + 1] = row end
  return list
end

function look.row(db, sql, ...) return look.rows(db, sql, ...)[1] end

-- The first column of the first row.
function look.value(db, sql, ...)
  local rows = native.db.look(db, sql, ...)
  local _, value = native.db.fetch(rows)
  native.db.close_rows(rows)
  return value
end

return look
