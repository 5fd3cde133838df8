-- The `db` object: Lua over the plain primitives of native.db. Whatever takes a callback is here, so that no C++ frame
-- waits under a script and coroutines work.
local native = ...

local db, copy = native.db, native.copy
local raise, catch, rethrow = native.host.raise, native.host.catch, native.host.rethrow

local methods = {
  execute = db.execute, script = db.script, file = db.file, ident = db.ident, literal = db.literal, close = db.close,
}
local fields = {
  engine = function(self) return (db.info(self)) end,
  version = function(self) return (select(2, db.info(self))) end,
  name = function(self) return (select(3, db.info(self))) end,
  read_only = db.read_only,
}

local function usage(message) raise { kind = "usage", message = message } end

-- A Lua function names at most 200 locals; wider rows are built by the host.
local WIDEST = 150

-- Compiled once for each list of column names: a table constructor with the names as constants makes a row several
-- times faster than setting fields one by one.
local builders = setmetatable({}, { __mode = "v" })

local function compile_builder(names)
  local locals, members = {}, {}
  for i, name in ipairs(names) do
    locals[i] = "c" .. i
    members[i] = ("[%q]=c%d"):format(name, i)
  end
  local code = ("local fetch = ... return function(rows) return function() local more%s = fetch(rows) "
    .. "if more then return {%s} end end end"):format(#names > 0 and "," .. table.concat(locals, ",") or "",
    table.concat(members, ","))
  return assert(loadstring(code, "=stdlib/host/db.lua"))(db.fetch)
end

local function wide_builder(rows)
  return function() return db.fetch_table(rows) end
end

-- An iterator over `rows` that returns a table each time.
local function each(rows, names)
  if #names > WIDEST then return wide_builder(rows) end
  local key = table.concat(names, "\0")
  local builder = builders[key]
  if not builder then
    builder = compile_builder(names)
    builders[key] = builder
  end
  return builder(rows)
end

-- The names of a result's columns in their order, which its rows no longer tell; for whoever shows it.
local orders = setmetatable({}, { __mode = "k" })
native.column_orders = orders

function methods.query(self, ...)
  local list, count = {}, 0
  local rows, names = db.query(self, ...)
  for row in each(rows, names) do
    count = count + 1
    list[count] = row
  end
  orders[list] = names
  return list
end

function methods.rows(self, ...) return each(db.stream(self, ...)) end

function methods.row(self, ...)
  local rows, names = db.query(self, ...)
  local row = each(rows, names)()
  db.close_rows(rows)
  return row
end

function methods.value(self, ...)
  local rows = db.query(self, ...)
  local _, value = db.fetch(rows)
  db.close_rows(rows)
  return value
end

local savepoints = 0

-- `failure` is what `catch` made of the value that was raised.
local function rethrow_after(undo, self, argument, failure)
  -- the first failure is what happened; one of the undo (a dead connection) would only hide it
  pcall(undo, self, argument)
  rethrow(failure)
end

local function finish_savepoint(self, name, ok, ...)
  if not ok then
    pcall(db.rollback_to, self, name)
    rethrow_after(db.release, self, name, (...))
  end
  db.release(self, name)
  return ...
end

function methods.savepoint(self, fn)
  if type(fn) ~= "function" then usage "db:savepoint takes a function" end
  if db.transaction_state(self) == "idle" then usage "db:savepoint needs an open transaction: db:transaction(fn)" end
  savepoints = savepoints + 1
  local name = "tide_savepoint_" .. savepoints
  db.savepoint(self, name)
  return finish_savepoint(self, name, xpcall(fn, catch, self))
end

local TRANSACTION_OPTIONS = { isolation = "string", read_only = "boolean", retries = "number" }

local function check_transaction(fn, options)
  if type(fn) ~= "function" then usage "db:transaction takes a function" end
  if type(options) ~= "table" then
    usage "db:transaction: the options are a table: isolation, read_only, retries"
  end
  for key, value in pairs(options) do
    local expected = TRANSACTION_OPTIONS[key]
    if not expected then
      usage(("db:transaction has no option '%s': isolation, read_only, retries"):format(tostring(key)))
    elseif type(value) ~= expected then
      usage(("db:transaction: %s is a %s, not a %s"):format(key, expected, type(value)))
    end
  end
end

-- serialization failure, deadlock: the same work may succeed when it is repeated
local function is_repeatable(failure)
  local raised = type(failure) == "table" and failure.value
  local state = type(raised) == "table" and rawget(raised, "sqlstate")
  return state == "40001" or state == "40P01"
end

local function commit_after(self, ok, ...)
  if ok then db.commit(self) end
  return ok, ...
end

local function attempt(self, fn, options)
  db.begin(self, options.isolation, options.read_only)
  return xpcall(commit_after, catch, self, xpcall(fn, catch, self))
end

local run_transaction

local function after_attempt(self, fn, options, left, committed, ok, ...)
  if committed and ok then return ... end
  local failure = ...
  if not committed then failure = ok end
  if left < 1 or not is_repeatable(failure) then rethrow_after(db.rollback, self, nil, failure) end
  db.rollback(self)
  native.host.sleep(math.random(10, 50) * (options.retries - left + 1))
  return run_transaction(self, fn, options, left - 1)
end

function run_transaction(self, fn, options, left)
  return after_attempt(self, fn, options, left, attempt(self, fn, options))
end

-- Sessions of a dry run, in a transaction that stands for none: outside of it their script would be in autocommit.
local rehearsed = setmetatable({}, { __mode = "k" })

function methods.transaction(self, fn, options)
  if options == nil then options = {} end
  check_transaction(fn, options)
  if db.transaction_state(self) == "idle" then return run_transaction(self, fn, options, options.retries or 0) end
  if next(options) ~= nil and not rehearsed[self] then
    usage "db:transaction inside a transaction is a savepoint and takes no options"
  end
  return methods.savepoint(self, fn)
end

local function write_rows(load, rows, width)
  if type(rows) == "function" then
    for row in rows do copy.write(load, row, width) end
  else
    for _, row in ipairs(rows) do copy.write(load, row, width) end
  end
  return copy.finish(load)
end

function methods.copy_in(self, target, columns, rows)
  if type(columns) ~= "table" or #columns == 0 then usage "db:copy_in takes a table, a list of columns, and rows" end
  if type(rows) ~= "table" and type(rows) ~= "function" then
    usage "db:copy_in: rows is a list of lists, or a function that returns the next list"
  end
  local load = copy.open(self, target, columns)
  local ok, result = xpcall(write_rows, catch, load, rows, #columns)
  if not ok then rethrow_after(copy.abort, load, nil, result) end
  return result
end

function methods.copy_out(self, sql, target)
  if type(target) == "string" then return copy.to_file(self, sql, target) end
  if type(target) ~= "function" then usage "db:copy_out takes SQL and a file's path or a function" end
  local count = 0
  for row in methods.rows(self, sql) do
    target(row)
    count = count + 1
  end
  return count
end

function methods.connect(_, where)
  if type(where) ~= "string" then usage "db:connect takes an environment's name or a URL" end
  local session = db.connect(where)
  rehearsed[session] = native.inputs.dry_run() or nil
  return session
end

db.open(function(self, key)
  local method = methods[key]
  if method then return method end
  local field = fields[key]
  if field then return field(self) end
  usage(("db has no '%s'"):format(tostring(key)))
end)

return { methods = methods, fields = fields, rehearsed = rehearsed }
