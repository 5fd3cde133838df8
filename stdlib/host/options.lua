-- Checks the options of a call: a table in which every key is known and every value has its type.
local native = ...

local type = native.numeric.type

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function sorted_names(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function unknown(what, key, fields)
  local names = sorted_names(fields)
  local near = type(key) == "string" and native.host.nearest(key, names) or ""
  usage(("%s has no option '%s'%s it has: %s"):format(what, tostring(key),
    near ~= "" and (", did you mean '%s'?"):format(near) or ";", table.concat(names, ", ")))
end

-- `fields` says the type of each option: "string", "number", "string|table" ... Returns the options, or an empty table
-- where none were given.
return function(what, options, fields)
  if options == nil then return {} end
  if type(options) ~= "table" then
    usage(("%s takes its options as a table: %s"):format(what, table.concat(sorted_names(fields), ", ")))
  end
  for key, value in pairs(options) do
    local expected = fields[key]
    if not expected then unknown(what, key, fields) end
    if not ("|" .. expected .. "|"):find("|" .. type(value) .. "|", 1, true) then
      usage(("%s: %s is a %s, not a %s"):format(what, key, expected:gsub("|", " or a "), type(value)))
    end
  end
  return options
end
