-- What `tide report` answers: the list of runs, a report, or whether journal and report are as they were written.
local native = ...

local journal = require "tide.runbook.journal"

local drawings = require "tide.runbook.drawings"
local html = require "tide.runbook.html"
local markdown = require "tide.runbook.markdown"
local model_of = require "tide.runbook.model"

local report = {}

local function raise(kind, message, file) native.host.raise { kind = kind, message = message, file = file } end

-- What a run's report tells, and how: its model, :markdown() and :html().
local Found = {}
Found.__index = Found

function Found:markdown() return markdown(self.model, self.drawings) end

function Found:html() return html(self.model, self.drawings) end

function report.of(run)
  local read = journal.read(run)
  if not read.entries[1] then raise("verify", "the journal is empty") end
  local model = model_of(read)
  return setmetatable({ model = model, drawings = drawings(run, model) }, Found)
end

local function line_of(run)
  local ok, read = pcall(journal.read, run)
  if not ok then return { run = run, state = "changed" } end
  if not read.entries[1] then return { run = run, state = "empty" } end
  local model = model_of(read)
  return { run = run, state = model.state, script = model.begin.script, environment = model.begin.environment,
    who = model.begin.who, began_at = model.begin.at, title = model.begin.title }
end

local function list()
  local runs, lines = {}, {}
  for i, run in ipairs(native.runbook.runs()) do
    runs[i] = line_of(run)
    lines[i] = ("%s  %-13s  %s  %s"):format(run, runs[i].state, runs[i].script or "", runs[i].environment or "")
  end
  return { text = #lines > 0 and table.concat(lines, "\n") .. "\n" or "there are no runs\n", document = { runs = runs } }
end

local function check_file(run, name, digest, what)
  local path = (".tide/runs/%s/%s"):format(run, name)
  if not fs.exists(path) then raise("verify", what .. " is gone", path) end
  if sha256 { file = path } ~= digest then raise("verify", what .. " was changed since it was written", path) end
  return path .. " is as it was written"
end

local function check_digests(run, read)
  local last, facts = journal.last(read.entries, "report"), {}
  if not last then return { "it has no report" } end
  for name, digest in pairs(last.digests) do facts[#facts + 1] = check_file(run, name, digest, "the report") end
  for _, kept in pairs(model_of(read).schema) do
    facts[#facts + 1] = check_file(run, kept.file, kept.digest, "the schema")
  end
  table.sort(facts)
  return facts
end

local function verify(run)
  local read = journal.read(run)
  local facts = check_digests(run, read)
  table.insert(facts, 1, ("%d entries follow from each other; the last hash is %s"):format(#read.entries, read.hash))
  return { text = table.concat(facts, "\n") .. "\n",
    document = { run = run, entries = #read.entries, hash = read.hash, torn = read.torn, checks = facts } }
end

function report.answer(request)
  if not request.run then
    if request.verify then raise("usage", "--verify needs the run: tide report RUN --verify") end
    return list()
  end
  local run = journal.find(request.run)
  if request.verify then return verify(run) end
  local found = report.of(run)
  return { text = request.format == "html" and found:html() or found:markdown(), document = found.model }
end

return report
