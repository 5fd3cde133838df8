-- What a step has to know of the session it works in.
local native = ...

local names = require "tide.schema.names"

local session = {}

-- Tables that were made in the session: nobody else uses them yet. Weak, so that they go with it.
local made = setmetatable({}, { __mode = "k" })
-- Sessions of a dry run that stand for one without a transaction.
local stands_for_none = setmetatable({}, { __mode = "k" })

local function key_of(name)
  local relation, schema = names.split(name)
  return (schema or "") .. "." .. relation
end

function session.note_made(db, name)
  made[db] = made[db] or {}
  made[db][key_of(name)] = true
end

function session.note_gone(db, name)
  if made[db] then made[db][key_of(name)] = nil end
end

function session.is_made(db, name) return made[db] ~= nil and made[db][key_of(name)] == true end

function session.in_transaction(db) return native.db.transaction_state(db) ~= "idle" end

function session.stand_for_none(db)
  if session.in_transaction(db) then stands_for_none[db] = true end
end

function session.forget(db) made[db], stands_for_none[db] = nil, nil end

-- Whether each statement commits by itself, and others use the table: then work in several short steps is gentler.
function session.goes_gently(db, table_name)
  if db.engine ~= "postgres" or session.is_made(db, table_name) then return false end
  return stands_for_none[db] == true or not session.in_transaction(db)
end

return session
