-- What to do about a batch that failed: what is only in the way for a moment is tried again; where the database refuses a
-- value, smaller and smaller batches find the row, which is named.
local native = ...

local keys = require "tide.data.keys"
local sql = require "tide.data.sql"
local work = require "tide.data.work"

local again = {}

local ATTEMPTS = 10
-- deadlock, serialization failure, a lock that was not free in time
local REPEATABLE = { ["40P01"] = true, ["40001"] = true, ["55P03"] = true }

local function is_about_data(failure)
  local state = failure.sqlstate or ""
  local class = state:sub(1, 2)
  return class == "22" or class == "23" or class == "P0" or class == "44" or state == "42804"
end

-- Raises that what a batch of rows has come to is not what it should be: which row it is will be found.
function again.doubt(job, message)
  job.doubts = true
  native.host.raise { kind = "verify", message = message }
end

-- The key of the first row that is still to be done.
local function first_key(job, range)
  local at = job.keyed
  local where, values = keys.between(at.db, at.target, job.where, range.at, range.until_)
  local names = {}
  for i, column in ipairs(at.target.key) do names[i] = column.full end
  local rows = native.db.look(at.db, ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT 1"):format(table.concat(names, ", "),
    at.target.only, at.target.sql, at.target.alias, where, keys.order(at.target)), unpack(values, 1, #values))
  local found = { native.data.fetch(rows, 0) }
  native.db.close_rows(rows)
  return found[1] and { unpack(found, 2, #at.target.key + 1) }
end

-- Returns when the batch may be tried again, from the checkpoint on; raises otherwise. `failure` is what xpcall caught.
function again.recover(job, range, failure)
  local described = sql.described(failure)
  if type(described) ~= "table" then native.host.rethrow(failure) end
  if REPEATABLE[described.sqlstate or ""] and job.attempts < ATTEMPTS then
    job.attempts = job.attempts + 1
    job.waiting(("%s; attempt %d of %d"):format(described.message, job.attempts, ATTEMPTS))
    return native.host.sleep(math.random(20, 60) * job.attempts)
  end
  local doubts = job.doubts
  job.doubts = nil
  if not doubts and not is_about_data(described) then native.host.rethrow(failure) end
  if job.size > 1 then
    job.size = math.floor(job.size / 2)
    return
  end
  local key = first_key(job, range)
  if not key then native.host.rethrow(failure) end
  work.row_failed(job, key, failure, work.new_batch(range))
end

return again
