-- How an expectation fails, and what it shows.
local native = ...

local report = {}

function report.fail(message) native.host.raise { kind = "verify", message = message } end

function report.show(value)
  if value == nil or value == null then return "NULL" end
  if type(value) == "string" then return ("%q"):format(value) end
  return tostring(value)
end

-- Numbers of different kinds (1 and numeric "1.00") are equal when their values are.
function report.same(a, b)
  if a == null then a = nil end
  if b == null then b = nil end
  if a == b then return true end
  local numbers = (type(a) == "number" or native.numeric.is(a)) and (type(b) == "number" or native.numeric.is(b))
  return numbers and not (a < b) and not (b < a)
end

-- "an index users_mail, there is none (did you mean users_email?)"
function report.none(what, name, known)
  local near = native.host.nearest(name, known or {})
  report.fail(("expected %s %s, there is none%s"):format(what, name, near ~= "" and (" (did you mean %s?)"):format(near) or ""))
end

function report.list(value) return type(value) == "table" and value or { value } end

-- Whether two lists have the same members, in whatever order.
function report.same_members(a, b)
  if #a ~= #b then return false end
  local count = {}
  for _, member in ipairs(a) do count[member] = (count[member] or 0) + 1 end
  for _, member in ipairs(b) do
    if not count[member] or count[member] == 0 then return false end
    count[member] = count[member] - 1
  end
  return true
end

function report.unsupported(db, what)
  local engine = db.engine == "sqlite" and "SQLite" or "PostgreSQL"
  native.host.raise { kind = "usage", message = ("%s: %s has no such thing"):format(what, engine) }
end

return report
