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

-- A mark of an axis: "30 s", "5m", "1h 30m"
function words.tick(seconds)
  if seconds < 60 then return seconds < 1 and words.length(seconds) or ("%g s"):format(seconds) end
  local hours, minutes, rest = math.floor(seconds / 3600), math.floor(seconds % 3600 / 60), seconds % 60
  local parts = {}
  if hours > 0 then parts[1] = hours .. "h" end
  if minutes > 0 then parts[#parts + 1] = minutes .. "m" end
  if rest > 0 then parts[#parts + 1] = ("%gs"):format(rest) end
  return table.concat(parts, " ")
end

function words.value(value)
  if type(value) == "string" then return value end
  return native.json.encode(value, type(value) == "table")
end

-- Who began a process of the run: by the event that says so.
words.session = { begin = "Run by", resume = "Resumed by", revert = "Reverted by" }

-- A question or an instruction in front of its answer.
function words.lead(text) return text:find "[%p]$" and text or text .. ":" end

-- What a run failed with, and in which step.
function words.failure(model)
  for _, step in ipairs(model.steps) do
    if step.error and step.error.message == model.error.message then
      return ("%s %s: %s"):format(step.number, step.title, model.error.message)
    end
  end
  return model.error.message
end

-- A reminder, or a budget that was used up.
function words.remark(entry)
  if entry.event == "reminder" then return entry.text end
  return ("%s has used up its budget of %s"):format(entry.what, words.length(entry.budget))
end

-- A list of rows of plain values, all with the same names: { columns =, rows = }; nil for anything else.
function words.as_rows(value)
  if type(value) ~= "table" or type(value[1]) ~= "table" then return nil end
  local columns, rows, known = {}, {}, {}
  for name in pairs(value[1]) do columns[#columns + 1], known[name] = name, true end
  table.sort(columns, function(a, b) return tostring(a) < tostring(b) end)
  for i, each in ipairs(value) do
    if type(each) ~= "table" then return nil end
    for name, cell in pairs(each) do
      if not known[name] or type(name) ~= "string" or type(cell) == "table" then return nil end
    end
    rows[i] = {}
    for at, name in ipairs(columns) do rows[i][at] = each[name] == nil and "" or tostring(each[name]) end
  end
  return #columns > 0 and { columns = columns, rows = rows } or nil
end

-- { { "done", 9 }, { "skipped", 1 } }: how many steps ended how.
function words.tally(steps)
  local counts, order = {}, {}
  for _, step in ipairs(steps) do
    if not counts[step.state] then order[#order + 1] = step.state end
    counts[step.state] = (counts[step.state] or 0) + 1
  end
  for i, state in ipairs(order) do order[i] = { state, counts[state] } end
  return order
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

local LINE = {
  effect = function(entry)
    return ("%s: %s (%s%s)"):format(entry.primitive, entry.text, words.length(entry.ms / 1000), entry.error and ", failed" or "")
  end,
  migration = function(entry)
    return ("%s %s %s: %s, %s"):format(entry.direction or "", entry.version or "", entry.name or "", entry.state or "",
      words.length(entry.ms / 1000))
  end,
  output = function(entry) return ("%s | %s"):format(entry.program, entry.text) end,
  log = function(entry) return entry.text end,
}

-- What a step did, line by line, as it happened: what a program printed stands before the line that says how it ended.
function words.output_of(step)
  local lines = {}
  for i, entry in ipairs(step.lines) do lines[i] = LINE[entry.event](entry) end
  if step.dropped then lines[#lines + 1] = ("... and %d bytes more that were not kept"):format(step.dropped) end
  return lines
end

local REASON = {
  when = "does not apply", verify = "was done already, as its verify showed", ["dry run"] = "failed in the dry run",
}

-- Remarks about a step that stand behind its title.
function words.remarks_of(step)
  local remarks = {}
  if step.tries > 1 then remarks[#remarks + 1] = ("%d tries"):format(step.tries) end
  if step.reason then remarks[#remarks + 1] = REASON[step.reason] or step.reason end
  if step.taken_back then remarks[#remarks + 1] = "taken back at the end" end
  if step.budget and step.ms / 1000 > step.budget then remarks[#remarks + 1] = "over its budget" end
  if step.error then remarks[#remarks + 1] = step.error.message end
  return table.concat(remarks, "; ")
end

return words
