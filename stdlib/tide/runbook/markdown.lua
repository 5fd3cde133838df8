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
  row("Result", model.state .. (model.error and ": " .. model.error.message or ""))
  row("Run", begin.run)
  row("Script", begin.script)
  row("Risk", begin.risk)
  row("Environment", begin.environment .. " (" .. begin.url .. ")")
  row("Began", words.moment(begin.at))
  row("Ended", words.moment(model.ended_at))
  row("Time at work", words.length(model.total) .. (begin.budget and " of " .. words.length(begin.budget) or ""))
  for _, session in ipairs(model.sessions) do
    row(session.what, ("%s on %s, %s%s"):format(session.who, session.host, words.moment(session.at),
      session.edited and ", with an edited script" or ""))
  end
  for name, value in words.sorted(begin.inputs) do row("input " .. name, words.value(value)) end
  page:line ""
end

local function checks(page, title, list)
  if #list == 0 then return end
  page:line("## ", title, "\n")
  for _, check in ipairs(list) do
    page:line(check.ok and "- [x] " or "- [ ] ", check.name, check.message and ": " .. check.message or "")
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

local function details(page, step)
  local lines = words.output_of(step)
  if #lines + #step.evidence + #step.answers + #step.checks == 0 then return end
  page:line("### ", step.number, " ", step.title, "\n")
  for _, answer in ipairs(step.answers) do
    page:line("- ", answer.question, ": **", tostring(answer.answer), "** (", tostring(answer.by), ")")
  end
  for _, check in ipairs(step.checks) do
    page:line(check.ok and "- [x] " or "- [ ] ", check.name, check.message and ": " .. check.message or "")
  end
  for _, evidence in ipairs(step.evidence) do
    page:line("- ", evidence.name, ":\n")
    fenced(page, { words.value(evidence.value) })
  end
  if #lines > 0 then fenced(page, lines) end
  page:line ""
end

local function rest(page, model)
  if #model.approvals > 0 then
    page:line "## Approvals\n"
    for _, each in ipairs(model.approvals) do
      page:line("- ", each.question, ": **", each.by, "** (", each.proof, "; run by ", each.runner, ")")
    end
    page:line ""
  end
  if model.compared or model.facts.before then
    page:line "## Facts\n"
    for _, name in ipairs { "before", "after" } do
      if model.facts[name] then fenced(page, { name .. ": " .. words.value(model.facts[name]) }) end
    end
    if model.compared then fenced(page, { "compared: " .. words.value(model.compared) }) end
    page:line ""
  end
  if #(model.begin.follow_up or {}) > 0 then
    page:line "## To do afterwards\n"
    for _, text in ipairs(model.begin.follow_up) do page:line("- [ ] ", text) end
    page:line ""
  end
end

return function(model)
  local page = setmetatable({}, Page)
  head(page, model)
  checks(page, "Preflight", model.preflight)
  table_of_steps(page, model)
  checks(page, "What must be true at the end", model.checks)
  for _, step in ipairs(model.steps) do details(page, step) end
  rest(page, model)
  page:line("Journal: ", model.hash)
  return table.concat(page, "\n") .. "\n"
end
