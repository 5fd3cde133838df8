-- Statements of tide.data's own: they count for no script, and are shown with -vv.
local native = ...

local data, db = native.data, native.db

local sql = { execute = data.execute }

local function as_table(names, more, ...)
  if not more then return nil end
  local row = {}
  for i = 1, #names do row[names[i]] = (select(i, ...)) end
  return row
end

-- A list of rows.
function sql.query(session, text, ...)
  local rows, names = db.look(session, text, ...)
  local list = {}
  while true do
    local row = as_table(names, data.fetch(rows, 0))
    if not row then return list end
    list[#list + 1] = row
  end
end

function sql.row(session, text, ...) return sql.query(session, text, ...)[1] end

-- The first column of the first row.
function sql.value(session, text, ...)
  local rows = db.look(session, text, ...)
  local _, value = data.fetch(rows, 0)
  db.close_rows(rows)
  return value
end

-- What fn returns, in a transaction that may write from its start on.
function sql.transaction(session, fn)
  if session.engine == "sqlite" then data.execute(session, "BEGIN IMMEDIATE") else db.begin(session, "", false) end
  local ok, result = xpcall(fn, native.host.catch)
  if ok then
    db.commit(session)
    return result
  end
  pcall(db.rollback, session)
  native.host.rethrow(result)
end

-- One of a batch's steps: a statement with its values, NULLs among them.
function sql.step(text, ...) return { text, n = select("#", ...), ... } end

-- What was raised, as an error object; nil when it is none.
function sql.described(failure)
  return type(failure) == "table" and rawget(failure, "described") or failure
end

return sql
