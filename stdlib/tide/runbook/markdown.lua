-- The report of a run as Markdown.
local words = require "tide.runbook.words"

local Page = {}
Page.__index = Page

function Page:line(...) self[#self + 1] = table.concat({ ... }) end

local function cell(text) return (tostring(text):gsub("|", "\\|"):gsub("%s+", " ")) end

local function fenced(page, lines)
  local text = table.concat(lines, "\n")
  local fence = text:find("```", 1, true) and "~~~~" or "```"
  page:line(fence)
  page:line(text)
  page:line(fence)
end

local function head(page, model)
  local begin = model.begin
  page:line("# ", begin.title)
  page:line ""
  if begin.description then page:line(begin.description, "\n") end
  page:line("| | |\n|---|---|")
  local function row(name, value)
    if value and value ~= "" then page:line("| ", name, " | ", cell(value), " |") end
  end
  row("Result", model.state .. (model.error and ": " .. words.failure(model) or ""))
  row("Run", begin.run)
  row("Script", begin.script)
  row("Risk", begin.risk)
  row("Environment", begin.environment .. " (" .. begin.url .. ")")
  row("Began", words.moment(begin.at))
  row("Ended", words.moment(model.ended_at))
  row("Time at work", words.length(model.total) .. (begin.budget and " of " .. words.length(begin.budget) or ""))
  for _, session in ipairs(model.sessions) do
    row(words.session[session.what], ("%s on %s, %s%s"):format(session.who, session.host, words.moment(session.at),
      session.edited and ", with an edited script" or ""))
  end
  for name, value in words.sorted(begin.inputs) do row("input " .. name, words.value(value)) end
  page:line ""
end

local function mark(ok) return ok and "- [x] " or "- [ ] " end

local function checks(page, title, list)
  if #list == 0 then return end
  page:line("## ", title, "\n")
  for _, check in ipairs(list) do
    page:line(mark(check.ok), check.name, check.message and ": " .. check.message or "")
  end
  page:line ""
end

local function table_of_steps(page, model)
  page:line("## Steps\n")
  page:line("| | Step | State | Time | Budget | |\n|---|---|---|---|---|---|")
  for _, step in ipairs(model.steps) do
    page:line("| ", step.number, " | ", cell(step.phase .. " / " .. step.title), " | ", step.state, " | ",
      step.ms > 0 and words.length(step.ms / 1000) or "", " | ", words.length(step.budget), " | ",
      cell(words.remarks_of(step)), " |")
  end
  page:line ""
end

-- What people said and what was looked at, as a list.
local function remarks(page, step)
  for _, answer in ipairs(step.answers) do
    page:line("- ", words.lead(answer.question), " **", tostring(answer.answer), "** (", tostring(answer.by), ")")
  end
  for _, each in ipairs(step.approvals) do
    page:line("- ", words.lead(each.question), " approved by **", each.by, "**, ", each.proof)
  end
  for _, each in ipairs(step.decisions) do page:line("- after the failure: **", each.choice, "**, ", each.reason or "") end
  for _, check in ipairs(step.checks) do
    page:line(mark(check.ok), check.name, check.message and ": " .. check.message or "")
  end
  for _, each in ipairs(step.watchers) do
    page:line(mark(each.ok), ("%s, looked %d times in %s"):format(each.name, each.rounds, words.length(each.to - each.from)),
      each.message and "; " .. each.message or "")
  end
end

local function rows(page, found)
  page:line("| ", table.concat(found.columns, " | "), " |\n|", ("---|"):rep(#found.columns))
  for _, row in ipairs(found.rows) do
    local cells = {}
    for i, value in ipairs(row) do cells[i] = cell(value) end
    page:line("| ", table.concat(cells, " | "), " |")
  end
end

local function details(page, step)
  local lines = words.output_of(step)
  local said = #step.answers + #step.approvals + #step.decisions + #step.checks + #step.watchers
  if #lines + #step.evidence + said == 0 then return end
  page:line("### ", step.number, " ", step.title, "\n")
  remarks(page, step)
  if said > 0 then page:line "" end
  for _, evidence in ipairs(step.evidence) do
    page:line(evidence.name, ":\n")
    local found = words.as_rows(evidence.value)
    if found then rows(page, found) else fenced(page, { words.value(evidence.value) }) end
    page:line ""
  end
  if #lines > 0 then fenced(page, lines) end
  page:line ""
end

local function remarks_of_run(page, model)
  for _, remark in ipairs(model.remarks) do page:line("- ", words.length(remark.seconds), ": ", words.remark(remark)) end
  if #model.remarks > 0 then page:line "" end
end

local function facts(page, model)
  if not model.facts.before then return end
  page:line "## Facts\n"
  if model.compared then
    page:line("| | Before | After | Change | Expected | |\n|---|---:|---:|---:|---|---|")
    for _, line in ipairs(model.compared) do
      page:line("| ", cell(line.fact), " | ", cell(line.before), " | ", cell(line.after), " | ", line.change, " | ",
        cell(line.expected), " | ", line.holds and "" or "**not as expected**", " |")
    end
  else
    page:line "Taken before the run, and not compared: it did not come to its end.\n"
    fenced(page, { words.value(model.facts.before) })
  end
  page:line ""
end

local function diagram(page, title, text)
  page:line("### ", title, "\n\n```mermaid\n", (text:gsub("\n+$", "")), "\n```\n")
end

local function schema(page, found)
  if not found then return end
  page:line "## Schema\n"
  for _, each in ipairs(found.differences or {}) do page:line("- ", each.text) end
  if found.differences and #found.differences == 0 then page:line "Nothing differs before and after." end
  page:line ""
  diagram(page, found.after and "Before" or "Diagram", found.before.mermaid)
  if found.after then diagram(page, "After", found.after.mermaid) end
end

local function rest(page, model)
  if #model.approvals > 0 then
    page:line "## Approvals\n"
    for _, each in ipairs(model.approvals) do
      page:line("- ", words.lead(each.question), " **", each.by, "** (", each.proof, "; run by ", each.runner, ")")
    end
    page:line ""
  end
  if #(model.begin.follow_up or {}) > 0 then
    page:line "## To do afterwards\n"
    for _, text in ipairs(model.begin.follow_up) do page:line("- [ ] ", text) end
    page:line ""
  end
end

return function(model, found)
  local page = setmetatable({}, Page)
  head(page, model)
  checks(page, "Preflight", model.preflight)
  table_of_steps(page, model)
  remarks_of_run(page, model)
  checks(page, "What must be true at the end", model.checks)
  for _, step in ipairs(model.steps) do details(page, step) end
  facts(page, model)
  schema(page, found)
  rest(page, model)
  page:line("Journal: ", model.hash)
  return table.concat(page, "\n") .. "\n"
end
