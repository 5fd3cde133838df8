-- From the options of data.transform to what is read, written and kept of a row.
local native = ...

local describe = require "tide.data.target"
local expression = require "tide.data.expression"
local settings = require "tide.data.settings"

local plan = {}

local KIND = {
  call = "data.transform", batch = 10000,
  fields = {
    table = "string", columns = "table", change = "function", where = "string", key = "table|string", read = "table",
    set = "table", batch = "number", workers = "number", pause = "string|number", expect = "table", throttle = "table",
    before_images = "boolean", keep = "string|number", on_error = "string", max_errors = "number",
  },
}
local WIDEST = 45 -- columns: the compiled loop has four locals for each, and Lua allows 200

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function require_option(options, name)
  if options[name] == nil then usage(("data.transform needs `%s`"):format(name)) end
end

local function check_names(options, name)
  local count = 0
  for at, column in pairs(options[name] or {}) do
    count = count + 1
    if type(at) ~= "number" or type(column) ~= "string" then
      usage(('data.transform: %s is a list of names: { "phone", "email" }'):format(name))
    end
  end
  if count ~= #(options[name] or {}) then usage(("data.transform: %s has a hole"):format(name)) end
end

local function is_key(target, column)
  for _, part in ipairs(target.key) do
    if part == column then return true end
  end
  return false
end

-- The columns of a list, each once, none of the key, which is always there.
local function columns_of(target, names, seen)
  local list = {}
  for _, name in ipairs(names or {}) do
    local column = describe.column(target, name)
    if not seen[column] and not is_key(target, column) then list[#list + 1] = column end
    seen[column] = true
  end
  return list
end

local function check_written(target, columns)
  for _, column in ipairs(columns) do
    if column.generated then
      usage(("%s.%s is generated: name it in `read`, it cannot be written"):format(target.name, column.name))
    end
  end
end

-- The columns that SQL sets, by name: { column =, expression = }.
function plan.sets(target, set, call)
  local names, sets, columns = {}, {}, {}
  for name in pairs(set or {}) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for i, name in ipairs(names) do
    local column = describe.column(target, name)
    if type(set[name]) ~= "string" then usage(("%s: set.%s is an SQL expression, a string"):format(call, name)) end
    if is_key(target, column) then usage(("%s: set.%s is part of the key"):format(call, name)) end
    sets[i], columns[i] = { column = column, expression = set[name] }, column
  end
  check_written(target, columns)
  return sets
end

local function visible_of(made)
  local visible, roles = {}, {}
  for _, part in ipairs { { made.target.key, "key" }, { made.written, "written" }, { made.read, "read" } } do
    for _, column in ipairs(part[1]) do
      visible[#visible + 1] = column
      roles[#visible] = { name = column.name, role = part[2], list = column.list }
    end
  end
  if #visible > WIDEST then usage(("data.transform takes %d columns at most, these are %d"):format(WIDEST, #visible)) end
  return visible, roles
end

function plan.check(options)
  local checked = settings.check(KIND, options)
  for _, name in ipairs { "columns", "change" } do require_option(options, name) end
  for _, name in ipairs { "columns", "read" } do check_names(options, name) end
  if #options.columns == 0 then usage "data.transform: `columns` names those that `change` may change" end
  checked.keep = native.host.duration(options.keep or "30d", "keep")
  return checked
end

-- What must be the same whenever the run goes on, on whatever machine, and what an undo needs to know; as JSON.
local function outline(options, made)
  local sets = {}
  for i, set in ipairs(made.sets) do sets[i] = { set.column.name, set.expression } end
  return json.encode {
    table = made.target.reference, key = describe.names(made.target.key), columns = describe.names(made.written),
    where = options.where, set = sets, images = describe.names(made.imaged), before_images = made.keeps_images,
  }
end

-- { target =, written =, read =, visible =, roles =, sets =, imaged =, outline = }; `images`, the name of the table of
-- before-images, comes with the run.
function plan.make(db, options)
  local seen = {}
  local target = describe.describe(db, options.table, options.key)
  local made = { target = target, sets = plan.sets(target, options.set, "data.transform") }
  for _, set in ipairs(made.sets) do seen[set.column] = true end
  for _, name in ipairs(options.columns) do
    if is_key(target, describe.column(target, name)) then
      usage(("data.transform: %s is part of the key, by which the rows are found: it can be read, not changed"):format(name))
    end
    if seen[describe.column(target, name)] then usage(("data.transform: %s is in `columns` and in `set`"):format(name)) end
  end
  seen = {}
  made.written = columns_of(target, options.columns, seen)
  check_written(target, made.written)
  made.read = columns_of(target, options.read, seen)
  expression.check(db, target, options.where, made.sets, "data.transform")
  made.visible, made.roles = visible_of(made)
  made.imaged = {}
  for _, column in ipairs(made.written) do made.imaged[#made.imaged + 1] = column end
  for _, set in ipairs(made.sets) do made.imaged[#made.imaged + 1] = set.column end
  made.keeps_images = options.before_images ~= false
  made.outline = outline(options, made)
  return made
end

return plan
