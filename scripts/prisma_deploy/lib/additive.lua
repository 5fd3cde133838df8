-- What may not happen while the application goes on: whatever it has disappears, or takes less than before. Pure.
local additive = {}

-- An object that is wholly new narrows nothing, and neither does an index, unless it is unique.
local function narrows(difference)
  local new = difference.b
  if difference.part_kind == "column" then
    if new.not_null and new.default == nil and not new.identity and not new.generated then
      return "takes no NULL and has no default: what the application writes now would fail"
    end
  elseif difference.part_kind == "index" then
    if new.unique then return "is unique: what the application writes now could fail" end
  elseif difference.part_kind == "constraint" then
    return "checks rows that the application goes on to write"
  end
end

local WIDER = { integer = { bigint = true }, smallint = { integer = true, bigint = true } }

local function length_of(type_name) return tonumber(type_name:match "^character varying%((%d+)%)$") end

local function is_wider(from, to)
  if WIDER[from] and WIDER[from][to] then return true end
  local length = length_of(from)
  if not length then return false end
  return to == "text" or to == "character varying" or (length_of(to) or 0) > length
end

local function starts_with(labels, first)
  for i, label in ipairs(first) do
    if labels[i] ~= label then return false end
  end
  return true
end

local function only_grew(difference)
  local property, a, b = difference.property, difference.a, difference.b
  if property == "comment" then return true end
  if difference.part_kind == "column" and property == "not_null" then return not b end
  if difference.part_kind == "column" and property == "default" then return b ~= nil end
  if difference.part_kind == "column" and property == "type" then return is_wider(a, b) end
  return difference.kind == "enum" and type(a) == "table" and type(b) == "table" and starts_with(b, a)
end

-- Columns that a migration adds together with a constraint on them: a foreign key of a new column refuses no old row.
local function is_of_new_columns(difference, differences)
  if difference.part_kind ~= "constraint" then return false end
  local columns = difference.b.columns
  if type(columns) ~= "table" or #columns == 0 then return false end
  for _, column in ipairs(columns) do
    local is_new = false
    for _, each in ipairs(differences) do
      is_new = is_new or each.change == "only_in_b" and each.name == difference.name and each.part == column
    end
    if not is_new then return false end
  end
  return true
end

-- One sentence for each thing that is lost or narrowed between the two sides of schema.diff.
function additive.losses(differences)
  local losses = {}
  for _, each in ipairs(differences) do
    local what = ("%s %s"):format(each.kind, each.name)
    if each.part then what = ("%s %s of %s"):format(each.part_kind, each.part, each.name) end
    if each.change == "only_in_a" then
      losses[#losses + 1] = what .. " is gone"
    elseif each.change == "differs" then
      if not only_grew(each) then losses[#losses + 1] = each.text end
    elseif each.part and not is_of_new_columns(each, differences) then
      local why = narrows(each)
      if why then losses[#losses + 1] = ("%s %s"):format(what, why) end
    end
  end
  return losses
end

return additive
