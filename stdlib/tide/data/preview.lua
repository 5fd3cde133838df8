-- What a fix would do: how many rows it would change, and some of them before and after.
local native = ...

local keys = require "tide.data.keys"

local preview = {}

local changes = native.changes

local MOST_ROWS, MOST_SECONDS = 100000, 5 -- looked at; the rest is estimated
local CHECKED_BEFORE = 10000              -- rows: a table with fewer is counted before the first write
local SAMPLES = 5
local WIDEST_CELL = 40

local function text_of(value)
  if value == nil then return "NULL" end
  local text = native.numeric.type(value) == "table" and json.encode(value) or tostring(value)
  text = text:gsub("[%c]", " ")
  if #text <= WIDEST_CELL then return text end
  local cut = WIDEST_CELL - 3
  while cut > 0 and text:byte(cut + 1) >= 128 and text:byte(cut + 1) < 192 do cut = cut - 1 end
  return text:sub(1, cut) .. "..."
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
      if changed then sample.after[#sample.after + 1] = { column.name, found.before[column.name], rawget(row, column.name) } end
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

local function aligned(lines)
  local widths = {}
  for _, line in ipairs(lines) do
    for i, cell in ipairs(line) do widths[i] = math.max(widths[i] or 0, #cell) end
  end
  local text = {}
  for _, line in ipairs(lines) do
    local cells = {}
    for i, cell in ipairs(line) do cells[i] = cell .. (" "):rep(widths[i] - #cell) end
    text[#text + 1] = "  " .. (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(text, "\n")
end

-- Some rows before and after: { key = values, after = { { column, before, after } ... } } each.
function preview.sample_table(job, samples)
  local names = {}
  for i, column in ipairs(job.target.key) do names[i] = column.name end
  local lines = { { table.concat(names, ", "), "column", "before", "after" } }
  for _, sample in ipairs(samples) do
    local key = {}
    for i, value in ipairs(sample.key) do key[i] = tostring(value) end
    for i, change in ipairs(sample.after) do
      lines[#lines + 1] = { i == 1 and table.concat(key, ", ") or "", change[1], text_of(change[2]), text_of(change[3]) }
    end
  end
  return aligned(lines)
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
  if #found.samples > 0 then native.log.print(preview.sample_table(job, found.samples)) end
  local expect = job.settings.expect
  if found.whole then preview.compare(job.target.name, changed, expect) end
  return { rows = found.whole and found.read or total, changed = changed, exact = found.whole }
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
