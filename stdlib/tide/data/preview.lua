-- What a fix would do: how many rows it would change, and some of them before and after.
local native = ...

local keys = require "tide.data.keys"
local targets = require "tide.data.target"

local preview = {}

local changes = native.changes

local MOST_ROWS, MOST_SECONDS = 100000, 5 -- looked at; the rest is estimated
local CHECKED_BEFORE = 10000              -- rows: a table with fewer is counted before the first write
local SAMPLES = 5
local WIDEST_CELL = 40
local SHOWN_BEFORE = 12 -- characters before a difference
local COVER = "***"

local function is_inside_character(text, at)
  local byte = text:byte(at)
  return byte ~= nil and byte >= 128 and byte < 192
end

-- From the character that begins at or before `from`, as much as a cell takes.
local function cut(text, from)
  while is_inside_character(text, from) do from = from - 1 end
  local head = from > 1 and "..." or ""
  local till = from + WIDEST_CELL - #head - 1
  if till >= #text then return head .. text:sub(from) end
  till = till - 3
  while is_inside_character(text, till + 1) do till = till - 1 end
  return head .. text:sub(from, till) .. "..."
end

local function first_difference(a, b)
  for i = 1, math.min(#a, #b) do
    if a:byte(i) ~= b:byte(i) then return i end
  end
  return math.min(#a, #b) + 1
end

-- Both texts, where they do not fit, from a little before the place where they differ.
local function cut_both(before, after)
  local from = 1
  if math.max(#before, #after) > WIDEST_CELL then
    from = math.max(1, math.min(first_difference(before, after) - SHOWN_BEFORE, math.max(#before, #after) - WIDEST_CELL + 4))
  end
  return cut(before, math.min(from, #before + 1)), cut(after, math.min(from, #after + 1))
end

-- Counts, and keeps the first rows that would change, as they are and as they would be.
local function collector(job)
  local found = { changed = 0, samples = {} }
  function found.put(_, _, row, ...)
    found.changed = found.changed + 1
    if #found.samples >= SAMPLES then return end
    local sample = { key = {}, before = found.before, after = {} }
    for i, column in ipairs(job.target.key) do sample.key[i] = rawget(row, column.name) end
    for i, column in ipairs(job.plan.written) do
      local changed = select(2 * i - 1, ...)
      if changed then sample.after[#sample.after + 1] = { column, found.before[column.name], rawget(row, column.name) } end
    end
    found.samples[#found.samples + 1] = sample
  end
  -- what the row was, while samples are wanted
  function found.change(row)
    if #found.samples < SAMPLES then
      found.before = {}
      for _, column in ipairs(job.plan.written) do found.before[column.name] = rawget(row, column.name) end
    end
    return job.change(row)
  end
  return found
end

local function rows_of(job, limit)
  local names = {}
  for i, column in ipairs(job.plan.visible) do names[i] = column.full end
  local where, values = keys.between(job.db, job.target, job.where, nil, nil)
  return (native.db.stream(job.db, ("SELECT %s FROM %s%s AS %s%s ORDER BY %s LIMIT %d"):format(
    table.concat(names, ", "), job.target.only, job.target.sql, job.target.alias, where, keys.order(job.target), limit),
    unpack(values)))
end

-- Looks at rows until the limit or the time is reached.
local function look(job, limit, seconds)
  local found = collector(job)
  local began = native.time.monotonic()
  local at = { read = 0, changed = 0, limit = 0 }
  local rows = rows_of(job, limit)
  repeat
    at.limit = at.limit + 1000
    local ok, failure = changes.run(job.loop, rows, 0, job.Row, found.change, found.put, nil, at)
    if not ok then
      native.db.close_rows(rows)
      if not at.row then native.host.rethrow(failure) end
      local values = {}
      for i in ipairs(job.target.key) do values[i] = at[i] end
      job.row_failed(values, failure, { problems = {} })
      rows, found.partial = nil, true
    end
    found.seconds = native.time.monotonic() - began
  until not rows or at.ended or found.seconds > seconds
  if rows then native.db.close_rows(rows) end
  found.read, found.whole = at.read, at.ended and at.read < limit
  return found
end

local function length(text) return #text - select(2, text:gsub("[\128-\191]", "")) end

local function aligned(lines)
  local widths = {}
  for _, line in ipairs(lines) do
    for i, cell in ipairs(line) do widths[i] = math.max(widths[i] or 0, length(cell)) end
  end
  local text = {}
  for _, line in ipairs(lines) do
    local cells = {}
    for i, cell in ipairs(line) do cells[i] = cell .. (" "):rep(widths[i] - length(cell)) end
    text[#text + 1] = "  " .. (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(text, "\n")
end

-- What the environment masks is not shown; that it is NULL, or is to be, is.
local function text_of(job, column, value)
  if value ~= nil and native.data.masked(job.target.name, column.name) then return COVER end
  return targets.shown(value)
end

-- A line for each value that would change: the row's key, the column, before, after. Of samples that are
-- { key = values, after = { { column, before, after } ... } } each.
function preview.sample_lines(job, samples)
  local lines = {}
  for _, sample in ipairs(samples) do
    local key = {}
    for i, column in ipairs(job.target.key) do key[i] = cut(text_of(job, column, sample.key[i]), 1) end
    for _, change in ipairs(sample.after) do
      local before, after = cut_both(text_of(job, change[1], change[2]), text_of(job, change[1], change[3]))
      lines[#lines + 1] = { key = table.concat(key, ", "), column = change[1].name, before = before, after = after }
    end
  end
  return lines
end

function preview.sample_table(job, lines)
  local names, cells, last = {}, {}, nil
  for i, column in ipairs(job.target.key) do names[i] = column.name end
  cells[1] = { table.concat(names, ", "), "column", "before", "after" }
  for i, line in ipairs(lines) do
    cells[i + 1] = { line.key ~= last and line.key or "", line.column, line.before, line.after }
    last = line.key
  end
  return aligned(cells)
end

local function duration_text(seconds)
  if seconds < 90 then return ("%.0f s"):format(math.max(1, seconds)) end
  if seconds < 5400 then return ("%.0f minutes"):format(seconds / 60) end
  return ("%.1f hours"):format(seconds / 3600)
end

-- What a row costs the server when it is written is not known before; it is taken for half a second a hundred thousand.
local WRITE_SECONDS = 5e-6

local function estimate_text(found, total)
  local share = found.read > 0 and found.changed / found.read or 0
  local changed = found.whole and found.changed or math.floor(total * share + 0.5)
  local seconds = total * (found.read > 0 and found.seconds / found.read or 0) + changed * WRITE_SECONDS
  local how = found.whole and ("%d of %d rows would change"):format(changed, found.read)
    or ("about %d of %d rows would change, judging by the first %d"):format(changed, total, found.read)
  return how, changed, seconds
end

-- The dry run of a transform; `total` is how many rows there are to read.
function preview.show(job, total)
  local found = look(job, MOST_ROWS + 1, MOST_SECONDS)
  local how, changed, seconds = estimate_text(found, total)
  native.log.print(("%s: %s; it would take about %s"):format(job.target.name, how, duration_text(seconds)))
  local lines = preview.sample_lines(job, found.samples)
  if #lines > 0 then native.log.print(preview.sample_table(job, lines)) end
  local expect = job.settings.expect
  if found.whole then preview.compare(job.target.name, changed, expect) end
  return { rows = found.whole and found.read or total, changed = changed, exact = found.whole, seconds = seconds,
    sample = lines }
end

-- kVerify when a count is not within what is expected.
function preview.compare(name, changed, expect)
  local function refuse(what)
    native.host.raise { kind = "verify", message = ("%s: %d rows would change, %s: nothing was changed"):format(name, changed,
      what) }
  end
  if expect.max and changed > expect.max then refuse("expect.max = " .. expect.max) end
  if expect.min and changed < expect.min then refuse("expect.min = " .. expect.min) end
end

-- Of a table that is small enough to be walked twice.
function preview.check_expected(job)
  local expect = job.settings.expect
  if not (expect.min or expect.max) or job.settings.total > CHECKED_BEFORE then return end
  local found = look(job, CHECKED_BEFORE + 1, MOST_SECONDS)
  if found.whole then preview.compare(job.target.name, found.changed, expect) end
end

return preview
