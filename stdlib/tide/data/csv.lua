-- CSV files as scripts see them: their columns by name, their rows as tables.
local native = ...

local csv = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- One character; what a spreadsheet in another country writes is ";" or a tab.
function csv.delimiter(call, given)
  if given == nil then return "," end
  if #given == 1 and given:byte() < 128 and not given:find '[%w"%c]' or given == "\t" then return given end
  usage(('%s: delimiter is one character such as "," or ";" or "\\t", not "%s"'):format(call, given))
end

local function hint(headers, delimiter)
  for _, other in ipairs { ";", "\t", "," } do
    if #headers == 1 and other ~= delimiter and headers[1]:find(other, 1, true) then
      return (': its first line is divided by %s, which `delimiter` has to say'):format(
        other == "\t" and '"\\t", a tab' or ('"%s"'):format(other))
    end
  end
  return ""
end

-- That of the headers which `name` may have meant.
local function nearest(name, names)
  local near = native.host.nearest(tostring(name), names)
  return near ~= "" and (", did you mean '%s'?"):format(near) or ""
end

-- The name of each column, by `columns` (header -> name, or false to leave it out); false for those left out.
function csv.renamed(call, path, headers, columns)
  local known, names, taken = {}, {}, {}
  for _, header in ipairs(headers) do known[header] = true end
  for header, name in pairs(columns or {}) do
    if not known[header] then
      usage(("%s: %s has no column '%s'%s it has: %s%s"):format(call, path, tostring(header),
        nearest(header, headers), table.concat(headers, ", "), hint(headers)))
    end
    if type(name) ~= "string" and name ~= false then
      usage(("%s: columns says for '%s' a column's name, or false to leave it out"):format(call, header))
    end
  end
  for i, header in ipairs(headers) do
    local name = header
    if columns and columns[header] ~= nil then name = columns[header] end
    if name and taken[name] then
      usage(("%s: two columns of %s are to be '%s': '%s' and '%s'"):format(call, path, name, taken[name], header))
    end
    names[i] = name
    if name then taken[name] = header end
  end
  return names
end

-- kUsage at the first line of the file, for a column that `what` does not have.
function csv.unknown(path, headers, delimiter, what, name, names)
  native.host.raise { kind = "usage", file = path, line = 1,
    message = ("%s has no column '%s'%s%s"):format(what, name, nearest(name, names), hint(headers, delimiter)) }
end

local ROWS = { delimiter = "string", columns = "table" }

-- An iterator over the rows: a table of texts by the names of their columns, and the line that it begins on.
function csv.rows(path, options)
  if type(path) ~= "string" then usage "data.csv_rows takes a file's path" end
  options = native.options("data.csv_rows", options, ROWS)
  local file, headers = native.csv.open(path, csv.delimiter("data.csv_rows", options.delimiter))
  local names = csv.renamed("data.csv_rows", path, headers, options.columns)
  return function()
    if not file then return nil end
    local row, line = native.csv.row(file, names)
    if row then return row, line end
    native.csv.close(file)
    file = nil
  end
end

return csv
