-- data.export_csv: the rows of a table or a query into a file, in constant memory.
local native = ...

local csv = require "tide.data.csv"
local describe = require "tide.data.target"

local export = {}

local OPTIONS = {
  file = "string", table = "string", query = "string", where = "string", columns = "table", delimiter = "string",
  overwrite = "boolean",
}

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check(options)
  options = native.options("data.export_csv", options, OPTIONS)
  if not options.file then usage "data.export_csv needs `file`" end
  if (options.table == nil) == (options.query == nil) then usage "data.export_csv needs `table` or `query`" end
  for _, name in ipairs { "where", "columns" } do
    if options.query and options[name] then usage(("data.export_csv: `%s` belongs to `table`"):format(name)) end
  end
  return options
end

-- All columns but those that the database computes, which nobody can load again.
local function all_columns(target)
  local names = {}
  for _, column in ipairs(target.columns) do
    if not column.generated or column.identity then names[#names + 1] = column.name end
  end
  return names
end

local function query_of(db, options)
  if options.query then return options.query end
  local target = describe.describe(db, options.table, nil, "any key")
  local items = {}
  for i, name in ipairs(options.columns or all_columns(target)) do items[i] = describe.column(target, name).full end
  if #items == 0 then usage "data.export_csv: `columns` names at least one" end
  local order = {}
  for i, column in ipairs(target.key) do order[i] = column.full end
  return ("SELECT %s FROM %s AS %s%s%s"):format(table.concat(items, ", "), target.sql, target.alias,
    options.where and " WHERE (" .. options.where .. "\n)" or "",
    #order > 0 and " ORDER BY " .. table.concat(order, ", ") or "")
end

function export.run(db, options)
  options = check(options)
  local delimiter = csv.delimiter("data.export_csv", options.delimiter)
  local query = query_of(db, options)
  local rows, bytes, sha256 = native.csv.export(db, query, options.file, delimiter, options.overwrite == true)
  if not rows then return { file = options.file, rows = 0, bytes = 0 } end
  native.log.log("info", ("%s: %d rows, %d bytes"):format(options.file, rows, bytes))
  return { file = options.file, rows = rows, bytes = bytes, sha256 = sha256 }
end

return export
