-- The loop of tide.data over the rows of a batch, compiled once for each list of columns: a table constructor with the
-- names as constants, and comparisons of locals, cost a fraction of what a loop over the names would.
local native = ...

local fetch = native.data.fetch
local null = native.numeric.null()
local raise = native.host.raise

local function usage(message) raise { kind = "usage", message = message } end

local function copied(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for i, member in ipairs(value) do copy[i] = copied(member) end
  return copy
end

local function same_list(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b or (a ~= a and b ~= b) end
  if #a ~= #b then return false end
  for i = 1, #a do
    if not same_list(a[i], b[i]) then return false end
  end
  return true
end

-- Whether a value that is not the one read means another one: `null` is a nil, and NaN is itself.
local function differs(new, old)
  if new == null then return old ~= nil end
  if type(new) == "table" then return not same_list(new, old) end
  return not (new ~= new and old ~= old)
end

-- What a row is: it has its columns and no other field, whether they are NULL or not.
local function row_type(table_name, names)
  local known, list = {}, table.concat(names, ", ")
  for _, name in ipairs(names) do known[name] = true end
  local function refuse(key)
    local near = type(key) == "string" and native.host.nearest(key, names) or ""
    usage(("a row of %s has no '%s'%s here it has: %s"):format(table_name, tostring(key),
      near ~= "" and (", did you mean '%s'?"):format(near) or ";", list))
  end
  return {
    __metatable = false,
    __index = function(_, key) if not known[key] then refuse(key) end end,
    __newindex = function(row, key, value)
      if not known[key] then refuse(key) end
      rawset(row, key, value)
    end,
  }
end

local function refuse_key(name)
  usage(("`change` changed %s, which is part of the key: the rows are found by it"):format(name))
end

local function refuse_read(name)
  usage(("`change` changed %s, which is only read here"):format(name))
end

local function refuse_result(value)
  usage(("`change` returned a %s: it changes the row that it is given, and returns nothing"):format(
    native.numeric.type(value)))
end

local CODE = [[
local fetch, copied, differs, setmetatable, rawget, refuse_key, refuse_read, refuse_result, bytes = ...
return function(rows, skip, Row, change, put, sink, at)
  local read, changed, limit = at.read, at.changed, at.limit
  while true do
    local more%s
    if read < limit then more%s = fetch(rows, skip) end
    if not more then
      at.row, at.read, at.changed, at.ended = nil, read, changed, read < limit
      return
    end
    read = read + 1
    at.read, at.changed = read, changed
    %s
    local row = setmetatable({%s}, Row)
    at.row = row
    local result = change(row)
    if result ~= nil and result ~= row then refuse_result(result) end
    %s
    if %s then
      put(sink, rows, row%s)
      changed = changed + 1
    end
  end
end]]

-- `columns` is a list of { name =, role = "key" | "written" | "read", list = whether it is an array }. `blobs` is how many
-- further columns follow them: whether the first one is a BLOB, the second one ...
local function compile(columns, blobs)
  local locals, members, keys, checks, flags, given = {}, {}, {}, {}, {}, {}
  for i, column in ipairs(columns) do
    local name = ("%q"):format(column.name)
    locals[i] = ",c" .. i
    members[i] = ("[%s]=c%d"):format(name, i)
    local old = column.list and "o" .. i or "c" .. i
    if column.list then keys[#keys + 1] = ("local o%d = copied(c%d)"):format(i, i) end
    if column.role == "key" then keys[#keys + 1] = ("at[%d] = c%d"):format(i, i) end
    checks[#checks + 1] = ("local n%d = rawget(row, %s) local f%d = n%d ~= %s and differs(n%d, %s)"):format(
      i, name, i, i, old, i, old)
    if column.role == "written" then
      flags[#flags + 1] = "f" .. i
      given[#given + 1] = (",f%d,n%d"):format(i, i)
    else
      checks[#checks + 1] = ("if f%d then refuse_%s(%s) end"):format(i, column.role, name)
    end
  end
  for i = 1, blobs do
    locals[#locals + 1] = ",b" .. i
    keys[#keys + 1] = ("if b%d == 1 then at[%d] = bytes(c%d) end"):format(i, i, i)
  end
  local code = CODE:format(table.concat(locals), table.concat(locals), table.concat(keys, " "), table.concat(members, ","),
    table.concat(checks, "\n"), #flags > 0 and table.concat(flags, " or ") or "false", table.concat(given))
  return assert(loadstring(code, "=stdlib/host/changes.lua"))(fetch, copied, differs, setmetatable, rawget, refuse_key,
    refuse_read, refuse_result, native.numeric.bytes)
end

local changes = { compile = compile, row_type = row_type }

-- Calls the loop where it may be left by an error or by a yield, and says which. `at` keeps the key of the row at hand.
function changes.run(loop, ...)
  local co = coroutine.create(function(...) return xpcall(loop, native.host.catch, ...) end)
  local finished, ok, failure = coroutine.resume(co, ...)
  if not finished then return false, ok end
  if coroutine.status(co) == "dead" then return ok, failure end
  local _, described = xpcall(usage, native.host.catch, "`change` yielded: it runs to its end, row by row")
  return false, described
end

return changes
