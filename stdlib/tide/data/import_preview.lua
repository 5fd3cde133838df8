-- What an import would do: how many rows it would insert and update, and some of them before and after.
local native = ...

local import_read = require "tide.data.import_read"
local import_sql = require "tide.data.import_sql"
local import_write = require "tide.data.import_write"
local preview = require "tide.data.preview"
local sql = require "tide.data.sql"
local work = require "tide.data.work"

local files = native.csv

local import_preview = {}

local MOST_ROWS, MOST_SECONDS = 100000, 10 -- looked at; the rest is said to be more
local CHECKED_BEFORE = 10000               -- rows: a file with fewer is counted before the first write
local SAMPLES = 5

local function add_counts(job, found)
  local counts = sql.row(job.db, import_sql.count(job.db, job.plan))
  if job.plan.missing == "insert" then found.inserted = found.inserted + counts.new end
  if job.plan.existing == "update" then found.updated = found.updated + counts.differ end
  if job.plan.existing == "error" then found.there = found.there + counts.there end
end

local function add_samples(job, found)
  if job.plan.existing ~= "update" or #found.samples >= SAMPLES then return end
  local keys = #job.target.key
  for _, row in ipairs(sql.query(job.db, import_sql.sample(job.db, job.plan, SAMPLES - #found.samples))) do
    local sample = { key = {}, after = {} }
    for i = 1, keys do sample.key[i] = row["s" .. i] end
    for i, column in ipairs(job.plan.written) do
      local before, after = row["s" .. keys + 2 * i - 1], row["s" .. keys + 2 * i]
      if before ~= after then sample.after[#sample.after + 1] = { column, before, after } end
    end
    found.samples[#found.samples + 1] = sample
  end
end

-- Inside a transaction that is rolled back.
local function look(job, most)
  job.preview, job.errors = true, 0
  local found = { rows = 0, inserted = 0, updated = 0, there = 0, samples = {}, whole = false }
  local writer, range = import_write.open(job, job.db), { id = 0, images = 0 }
  import_read.go_to_checkpoint(job, range)
  local began, size = work.now(), job.size
  job.size = math.min(job.settings.batch, CHECKED_BEFORE)
  repeat
    local batch = import_read.batch(job, range, writer.sets[1])
    batch.n = files.count(batch.set.rows)
    if job.db.engine == "postgres" then sql.execute(job.db, "TRUNCATE tide_csv") end
    import_write.carefully(writer, batch, true)
    if batch.n > 0 then
      add_counts(job, found)
      add_samples(job, found)
    end
    found.rows, found.whole = found.rows + batch.rows, batch.ended
  until found.whole or found.rows >= most or work.now() - began > MOST_SECONDS
  found.errors, job.errors, job.size, job.preview = job.errors, 0, size, false
  sql.execute(job.db, "DROP TABLE tide_csv")
  return found
end

local function outcome_text(job, found)
  local facts = { ("%d would be inserted, %d updated"):format(found.inserted, found.updated) }
  if found.errors > 0 then facts[#facts + 1] = ("%d would fail"):format(found.errors) end
  if found.there > 0 then
    facts[#facts + 1] = ("%d are there already, which is an error with on_conflict = \"error\""):format(found.there)
  end
  local scope = found.whole and ("%d rows"):format(found.rows)
    or ("of the first %d of %d rows"):format(found.rows, job.settings.total)
  return ("%s -> %s: %s: %s"):format(job.plan.file, job.target.name, scope, table.concat(facts, ", "))
end

function import_preview.show(job)
  local found = look(job, MOST_ROWS)
  native.log.print(outcome_text(job, found))
  local lines = preview.sample_lines(job, found.samples)
  if #lines > 0 then native.log.print(preview.sample_table(job, lines)) end
  if found.whole then preview.compare(job.target.name, found.inserted + found.updated, job.settings.expect) end
  return { rows = job.settings.total, inserted = found.inserted, updated = found.updated, errors = found.errors,
    exact = found.whole }
end

local function count_first(job)
  if job.db.engine == "sqlite" then sql.execute(job.db, "BEGIN") else native.db.begin(job.db, "", false) end
  local ok, found = xpcall(look, native.host.catch, job, CHECKED_BEFORE)
  pcall(native.db.rollback, job.db)
  if not ok then native.host.rethrow(found) end
  if found.whole then preview.compare(job.target.name, found.inserted + found.updated, job.settings.expect) end
end

-- Before the first write: what can be known already.
function import_preview.check_expected(job)
  local expect, total = job.settings.expect, job.settings.total
  if not (expect.min or expect.max) then return end
  if expect.min and total < expect.min then preview.compare(job.target.name, total, { min = expect.min }) end
  if total <= CHECKED_BEFORE then return count_first(job) end
  if job.plan.pure and not job.change then preview.compare(job.target.name, total, expect) end
end

return import_preview
