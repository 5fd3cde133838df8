-- The steps of a run, phase by phase: what each was told, answered, checked and printed.
local sections = require "tide.runbook.html_sections"
local words = require "tide.runbook.words"

local function answers(page, step)
  local text = page.text
  for _, answer in ipairs(step.answers) do
    page:add("<p>", text(words.lead(answer.question)), " <strong>", text(answer.answer), "</strong> (", text(answer.by), ")</p>")
  end
  for _, each in ipairs(step.approvals) do
    page:add("<p>", text(words.lead(each.question)), " approved by <strong>", text(each.by), "</strong>, ", text(each.proof),
      "</p>")
  end
  for _, decision in ipairs(step.decisions) do
    page:add("<p>After the failure: <strong>", text(decision.choice), "</strong>, ", text(decision.reason or ""), "</p>")
  end
end

local function watchers(page, step)
  if #step.watchers == 0 then return end
  page:add '<h4>Watched, all at the same time</h4><ul class="checks">'
  for _, each in ipairs(step.watchers) do
    page:add("<li>", page.mark(each.ok), page.text(each.name), ', <span class="dim">',
      ("looked %d times in %s"):format(each.rounds, words.length(each.to - each.from)),
      each.message and "; " .. page.text(each.message) or "", "</span></li>\n")
  end
  page:add "</ul>"
end

local function evidence(page, each)
  page:add("<h4>", page.text(each.name), "</h4>")
  local found = words.as_rows(each.value)
  if not found then return page:add("<pre>", page.text(words.value(each.value)), "</pre>") end
  page:add '<div class="scroll"><table><tr>'
  for _, name in ipairs(found.columns) do page:add("<th>", page.text(name), "</th>") end
  page:add "</tr>"
  for _, row in ipairs(found.rows) do
    page:add "<tr>"
    for _, cell in ipairs(row) do page:add("<td>", page.text(cell), "</td>") end
    page:add "</tr>\n"
  end
  page:add "</table></div>"
end

local function inside(page, step)
  page:add '<div class="inner">'
  if step.description then page:add("<p>", page.text(step.description), "</p>") end
  if step.error then
    page:add('<p class="alarm">', page.text(step.error.message),
      step.error.file and page.text(("\nat %s:%s"):format(step.error.file, tostring(step.error.line))) or "", "</p>")
  end
  answers(page, step)
  if #step.checks > 0 then page:add("<h4>Checks</h4>", sections.list_of_checks(page, step.checks)) end
  watchers(page, step)
  for _, each in ipairs(step.evidence) do evidence(page, each) end
  local lines = words.output_of(step)
  if #lines > 0 then page:add("<h4>What it did</h4><pre>", page.text(table.concat(lines, "\n")), "</pre>") end
  page:add "</div>"
end

local function title_of(page, step)
  local over = step.budget and step.ms / 1000 > step.budget
  local remarks = not step.error and words.remarks_of(step) or ""
  return table.concat {
    '<span class="num">', page.text(step.number), '</span><span class="title">', page.text(step.title), "</span>",
    '<span class="time', over and " over" or "", '">', step.ms > 0 and words.length(step.ms / 1000) or "",
    step.budget and " of " .. words.length(step.budget) or "", "</span>", page.state(step.state),
    remarks ~= "" and '<span class="remark">' .. page.text(remarks) .. "</span>" or "",
  }
end

local LISTS = { "answers", "approvals", "checks", "decisions", "evidence", "lines", "watchers" }

local function has_details(step)
  for _, name in ipairs(LISTS) do
    if #step[name] > 0 then return true end
  end
  return step.description ~= nil or step.error ~= nil
end

local function add_step(page, step)
  if not has_details(step) then return page:add('<div class="step">', title_of(page, step), "</div>\n") end
  local is_open = step.state == "failed" or step.state == "down failed"
  page:add("<details", is_open and " open" or "", "><summary>", title_of(page, step), "</summary>")
  inside(page, step)
  page:add "</details>\n"
end

return function(page, model)
  page:add "<section><h2>Steps</h2>\n"
  for number, phase in ipairs(model.phases) do
    page:add('<h3><span class="num">', number, "</span>", page.text(phase.title or ""), '<span class="dim">',
      phase.budget and "budget " .. words.length(phase.budget) or "", "</span></h3>\n")
    for _, step in ipairs(phase.steps) do add_step(page, step) end
  end
  page:add "</section>\n"
end
