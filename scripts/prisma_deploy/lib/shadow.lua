-- What each migration does, found by doing it: all of them in an empty database, in one transaction that never commits.
local shadow = {}

-- A transaction has no place for it; what it builds is the same.
local function without_concurrently(sql) return (sql:gsub("[Cc][Oo][Nn][Cc][Uu][Rr][Rr][Ee][Nn][Tt][Ll][Yy]%s", "")) end

-- The same statements, whatever stands between them.
local function normal(sql)
  sql = sql:gsub("/%*.-%*/", " "):gsub("%-%-[^\n]*", " ")
  return (sql:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local function try(db, migration)
  local ok, failure = pcall(db.savepoint, db, function() db:script(without_concurrently(migration.sql)) end)
  if ok then return nil end
  return type(failure) == "table" and failure.message or tostring(failure)
end

local function walk(db, migrations)
  local found, seen, before, failed = {}, {}, schema.snapshot(db), false
  for _, each in ipairs(migrations) do
    local effect = { name = each.name, unknown = failed }
    found[#found + 1] = effect
    if each.sql and not failed then
      effect.duplicate_of = seen[normal(each.sql)]
      effect.failure = not effect.duplicate_of and try(db, each) or nil
      failed = effect.failure ~= nil
      seen[normal(each.sql)] = seen[normal(each.sql)] or each.name
      effect.after = schema.snapshot(db)
      effect.differences = schema.diff(before, effect.after, { a = "before", b = each.name })
      before = effect.after
    end
  end
  return found
end

-- For every migration: name, differences (of schema.diff), after (a snapshot), duplicate_of, failure; `unknown` behind the
-- first that fails.
function shadow.walk(db, migrations)
  local undo, found = {}, nil
  local _, failure = pcall(db.transaction, db, function()
    found = walk(db, migrations)
    error(undo, 0)
  end)
  if failure ~= undo then error(failure, 0) end
  return found
end

return shadow
