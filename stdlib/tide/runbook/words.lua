-- Small texts that both reports share.
local native = ...

local words = {}

function words.length(seconds)
  if not seconds then return "" end
  if seconds < 1 then return ("%d ms"):format(seconds * 1000 + 0.5) end
  if seconds < 60 then return ("%.1f s"):format(seconds) end
  if seconds < 3600 then return ("%dm %02ds"):format(seconds / 60, seconds % 60) end
  return ("%dh %02dm"):format(seconds / 3600, seconds % 3600 / 60)
end

function words.value(value)
  if type(value) == "string" then return value end
  return native.json.encode(value)
end

function words.moment(iso) return iso and (iso:gsub("T", " "):gsub("%.%d+Z$", " UTC")) or "" end

-- name, value pairs of a table, by name
function words.sorted(values)
  local names, at = {}, 0
  for name in pairs(values or {}) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return function()
    at = at + 1
    if names[at] ~= nil then return names[at], values[names[at]] end
  end
end

-- What a step did, line by line: effects, migrations, output, in the order of the journal within each.
function words.output_of(step)
  local lines = {}
  for _, entry in ipairs(step.effects) do
    lines[#lines + 1] = ("%s: %s (%s%s)"):format(entry.primitive, entry.text, words.length(entry.ms / 1000),
      entry.error and ", failed" or "")
  end
  for _, entry in ipairs(step.migrations) do
    lines[#lines + 1] = ("%s %s %s: %s, %s"):format(entry.direction or "", entry.version or "", entry.name or "",
      entry.state or "", words.length(entry.ms / 1000))
  end
  for _, entry in ipairs(step.lines) do
    lines[#lines + 1] = entry.event == "output" and ("%s | %s"):format(entry.program, entry.text) or entry.text
  end
  if step.dropped then lines[#lines + 1] = ("... and %d bytes more that were not kept"):format(step.dropped) end
  return lines
end

-- Remarks about a step that stand behind its title.
function words.remarks_of(step)
  local remarks = {}
  if step.tries > 1 then remarks[#remarks + 1] = ("%d tries"):format(step.tries) end
  if step.reason then remarks[#remarks + 1] = step.reason end
  if step.taken_back then remarks[#remarks + 1] = "taken back at the end" end
  if step.budget and step.ms / 1000 > step.budget then remarks[#remarks + 1] = "over its budget" end
  if step.error then remarks[#remarks + 1] = step.error.message end
  return table.concat(remarks, "; ")
end

return words
