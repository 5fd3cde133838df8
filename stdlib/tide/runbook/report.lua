-- What `tide report` answers: the list of runs, a report, or whether journal and report are as they were written.
local native = ...

local journal = require "tide.runbook.journal"

local report = {
  model = require "tide.runbook.model", markdown = require "tide.runbook.markdown", html = require "tide.runbook.html",
}

local function raise(kind, message, file) native.host.raise { kind = kind, message = message, file = file } end

local function line_of(run)
  local ok, read = pcall(journal.read, run)
  if not ok then return { run = run, state = "changed" } end
  if not read.entries[1] then return { run = run, state = "empty" } end
  local model = report.model(read)
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

local function check_digests(run, read)
  local last = journal.last(read.entries, "report")
  if not last then return { "it has no report" } end
  local facts = {}
  for name, digest in pairs(last.digests) do
    local path = (".tide/runs/%s/%s"):format(run, name)
    if not fs.exists(path) then raise("verify", "the report is gone", path) end
    if sha256 { file = path } ~= digest then raise("verify", "the report was changed since it was written", path) end
    facts[#facts + 1] = path .. " is as it was written"
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
  local read = journal.read(run)
  if not read.entries[1] then raise("verify", "the journal is empty") end
  local model = report.model(read)
  return { text = report[request.format == "html" and "html" or "markdown"](model), document = model }
end

return report
