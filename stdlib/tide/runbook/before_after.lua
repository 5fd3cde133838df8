-- What the database was like before a run and after it: its facts, and its whole schema in a file of the run's folder.
-- The journal holds the file's digest.
local native = ...

local compare = require "tide.facts.compare"
local facts = require "tide.facts"
local journal = require "tide.runbook.journal"

local before_after = {}

-- Of the `facts` of a runbook `expected` is ours, the rest is what facts.take is told.
local function options_of(given)
  local options = {}
  for name, value in pairs(given) do
    if name ~= "expected" then options[name] = value end
  end
  return options
end

local READ = { isolation = "repeatable read", read_only = true }

-- Facts and schema of one moment.
local function look(runner)
  local taken, text
  runner.db:transaction(function()
    taken, text = facts.take(runner.db, options_of(runner.plan.facts)), schema.encode(runner.db)
  end, READ)
  return taken, text
end

local function keep(runner, when, text)
  local file = ("schema_%s.json"):format(when)
  native.runbook.write(runner.id, file, text)
  return { file = file, digest = native.digest.sha256(text) }
end

local function is_wanted(runner) return runner.plan.facts ~= nil and not runner.request.dry_run end

-- Taken once a run, before its first step.
function before_after.before(runner)
  if not is_wanted(runner) or journal.first(runner.earlier, "facts") then return end
  local taken, text = look(runner)
  runner:record({ event = "facts", when = "before", facts = taken, schema = keep(runner, "before", text) }, true)
end

-- Why the database after is not as expected, or nil.
function before_after.after(runner)
  local before = journal.first(runner:entries(), "facts")
  if not is_wanted(runner) or not before then return end
  local taken, text = look(runner)
  runner:record({ event = "facts", when = "after", facts = taken, schema = keep(runner, "after", text) }, true)
  local expected = runner.plan.facts.expected
  runner:record { event = "compared", lines = compare.in_words(compare.lines(before.facts, taken, expected)) }
  local ok, caught = xpcall(compare.check, native.host.catch, before.facts, taken, expected)
  if ok then return native.log.log("info", "the facts are as expected") end
  return caught.described
end

local function look_again(runner, before)
  runner:reconnect()
  local text = schema.encode(runner.db)
  runner:record { event = "schema", schema = keep(runner, "after", text) }
  if runner.end_state ~= "reverted" then return end
  local count = #schema.diff(schema.decode(fs.read(("%s/%s"):format(runner.run.folder, before.schema.file))), schema.decode(text))
  if count == 0 then return native.log.log("info", "the schema is as it was before the run") end
  native.log.log("warn", ("the schema is not as it was before the run: %d differences, which the report lists"):format(count))
end

-- The schema as a run left it that did not come to its end. Not to be had, it is missing in the report and nowhere else.
function before_after.at_end(runner)
  local before = journal.first(runner:entries(), "facts")
  if not is_wanted(runner) or not before or runner.end_state == "done" then return end
  local ok, caught = xpcall(look_again, native.host.catch, runner, before)
  if not ok then native.log.log("warn", "the schema at the end could not be read: " .. caught.described.message) end
end

return before_after
