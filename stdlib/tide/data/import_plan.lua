-- From the options of data.import_csv and the header of the file to what is written where.
local native = ...

local csv = require "tide.data.csv"
local describe = require "tide.data.target"
local settings = require "tide.data.settings"

local plan = {}

local KIND = {
  call = "data.import_csv", batch = 10000,
  fields = {
    file = "string", table = "string", columns = "table", delimiter = "string", key = "table|string", change = "function",
    on_conflict = "string", missing = "string", batch = "number", pause = "string|number", expect = "table",
    throttle = "table", before_images = "boolean", keep = "string|number", on_error = "string", max_errors = "number",
  },
}
local CHOICES = { on_conflict = { "error", "skip", "update" }, missing = { "error", "insert", "skip" } }

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check_choice(options, name)
  local value, choices = options[name], CHOICES[name]
  if value == nil then return end
  for _, choice in ipairs(choices) do
    if value == choice then return end
  end
  usage(('data.import_csv: %s is "%s", not "%s"'):format(name, table.concat(choices, '", "'), value))
end

-- What becomes of a row whose key is there, and of one whose key is not.
local function check_modes(existing, missing)
  if existing == "update" or missing == "insert" then return end
  usage(('data.import_csv: with on_conflict = "%s" and missing = "%s" no row would be written'):format(existing, missing))
end

function plan.check(options)
  local checked = settings.check(KIND, options)
  if not options.file then usage "data.import_csv needs `file`" end
  for name in pairs(CHOICES) do check_choice(options, name) end
  checked.existing = options.on_conflict or "error"
  checked.missing = options.missing or (checked.existing == "update" and "error" or "insert")
  checked.keep = native.host.duration(options.keep or "30d", "keep")
  checked.delimiter = csv.delimiter("data.import_csv", options.delimiter)
  check_modes(checked.existing, checked.missing)
  return checked
end

-- SQLite's rules for a declared type; nil where a text becomes what it has to be by itself.
local function affinity(type_name)
  type_name = type_name:upper()
  if type_name:find "INT" then return "integer" end
  if type_name:find "CHAR" or type_name:find "CLOB" or type_name:find "TEXT" then return "text" end
  if type_name == "" or type_name:find "BLOB" then return "blob" end
  return (type_name:find "REAL" or type_name:find "FLOA" or type_name:find "DOUB") and "real" or "numeric"
end

-- The column of the table that each column of the file goes to, in the file's order; `places` are 0-based.
local function match_columns(db, made, headers)
  local all = describe.names(made.target.columns)
  for i, name in ipairs(made.names) do
    if name then
      local column = made.target.by_name[name]
      if not column then csv.unknown(made.file, headers, made.delimiter, made.target.name, name, all) end
      if column.generated and not column.identity then
        usage(("%s.%s is generated: leave it out with columns = { [\"%s\"] = false }"):format(made.target.name, name,
          headers[i]))
      end
      column.affinity = db.engine == "sqlite" and affinity(column.type) or ""
      made.visible[#made.visible + 1], made.places[#made.places + 1] = column, i - 1
      made.at[column] = #made.visible
    end
  end
  if #made.visible == 0 then usage(("data.import_csv: no column of %s is left"):format(made.file)) end
end

-- The columns that find a row, and the others.
local function divide(made, checked)
  local key = {}
  made.finds = #made.target.key > 0
  for _, column in ipairs(made.target.key) do
    key[column] = true
    made.finds = made.finds and made.at[column] ~= nil
  end
  made.pure = checked.existing == "error"
  made.written = {}
  for _, column in ipairs(made.visible) do
    if not (made.finds and key[column]) then made.written[#made.written + 1] = column end
  end
  if made.pure then return end
  if not made.finds then
    usage(("%s: rows are found by their key, (%s), and the file does not have all of it"):format(made.file,
      table.concat(describe.names(made.target.key), ", ")))
  end
  if checked.existing == "update" and #made.written == 0 then
    usage(("%s has the key of %s and no other column: there is nothing to change"):format(made.file, made.target.name))
  end
end

-- What each row was is kept where a row can be found again.
local function choose_images(made, options)
  made.keeps_images = options.before_images ~= false
  if #made.target.key > 0 or not made.keeps_images then return end
  if options.before_images then
    usage(("%s has no unique key: before-images cannot be kept of its rows"):format(made.target.name))
  end
  made.keeps_images = false
  native.log.log("info", ("%s has no unique key: no before-images are kept, `tide undo` cannot take this back"):format(
    made.target.name))
end

local function key_headers(made, headers)
  local list = {}
  if made.pure then return list end
  for i, column in ipairs(made.target.key) do list[i] = headers[made.places[made.at[column]] + 1] end
  return list
end

-- { target =, file =, delimiter =, names = of the fields, visible = columns, places =, written =, finds = whether the
-- file has the key, pure = rows are only inserted, imaged =, rows =, bytes =, sha256 =, outline = }
function plan.make(db, options, checked)
  local reader, headers = native.csv.open(options.file, checked.delimiter)
  native.csv.close(reader)
  local made = {
    target = describe.describe(db, options.table, options.key, "any key"), file = options.file,
    delimiter = checked.delimiter, visible = {}, places = {}, at = {}, roles = {}, existing = checked.existing,
    missing = checked.missing,
    names = csv.renamed("data.import_csv", options.file, headers, options.columns),
  }
  match_columns(db, made, headers)
  divide(made, checked)
  choose_images(made, options)
  made.imaged = made.written
  local key = options.change and {} or key_headers(made, headers)
  made.rows, made.bytes, made.sha256 = native.csv.survey(options.file, checked.delimiter, key)
  made.outline = json.encode {
    file = made.file, sha256 = made.sha256, bytes = made.bytes, key = describe.names(made.target.key), columns = made.names,
    on_conflict = made.existing, missing = made.missing, images = describe.names(made.imaged), before_images = made.keeps_images,
  }
  return made
end

return plan
