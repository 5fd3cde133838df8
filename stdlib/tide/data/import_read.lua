-- How the rows of a file are read into batches, each with the place in the file behind it.
local native = ...

local files = native.csv

local import_read = {}

-- Opens the file of a job; the place behind its header is where the run begins.
function import_read.open(job)
  job.file = files.open(job.plan.file, job.plan.delimiter)
  local offset, line = files.place(job.file)
  job.begin = { offset = offset, line = line, inserted = 0, updated = 0 }
end

function import_read.go_to_checkpoint(job, range)
  local at = range.position and json.decode(range.position) or job.begin
  files.go_on_at(job.file, at.offset, at.line)
  range.totals = { inserted = at.inserted, updated = at.updated }
end

-- The place behind a batch, and what was done up to there, as it is kept.
local function position(batch)
  local totals = batch.range.totals
  return json.encode { offset = batch.offset, line = batch.line, inserted = totals.inserted + batch.inserted,
    updated = totals.updated + batch.updated }
end

local function change_one(job, batch, row, line)
  local result = job.change(setmetatable(row, job.Row))
  if result == false then return end
  if result ~= nil and result ~= row then
    native.host.raise { kind = "usage",
      message = "`change` returns nothing, the row that it was given, or false to leave it out" }
  end
  files.add(batch.set.rows, batch.set.lines, row, line)
end

local function change_rows(job, batch)
  while batch.rows < job.size do
    local row, line = files.row(job.file, job.plan.names)
    if not row then
      batch.ended = true
      return
    end
    batch.rows = batch.rows + 1
    local ok, failure = xpcall(change_one, native.host.catch, job, batch, row, line)
    if not ok then job.row_failed(line, failure, batch) end
  end
end

-- Where `change` yields, the batch is left.
local function change_batch(job, batch)
  local co = coroutine.create(function() return xpcall(change_rows, native.host.catch, job, batch) end)
  local resumed, ok, failure = coroutine.resume(co)
  if resumed and coroutine.status(co) == "dead" and ok then return end
  if resumed and coroutine.status(co) == "dead" then native.host.rethrow(failure) end
  native.host.raise { kind = "usage", message = "`change` yielded: it runs to its end, row by row" }
end

-- The next rows, in `set`.
function import_read.batch(job, range, set)
  local batch = { range = range, set = set, problems = {}, failed = {}, rows = 0, inserted = 0, updated = 0, images = 0,
    n = 0, ended = false, position = position }
  files.clear(set.rows, set.lines)
  if job.change then
    change_batch(job, batch)
  else
    batch.rows, batch.ended = files.fill(set.rows, set.lines, job.file, job.plan.places, job.size)
  end
  batch.offset, batch.line = files.place(job.file)
  return batch
end

return import_read
