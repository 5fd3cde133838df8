-- The report of a run as one HTML file: no script, nothing loaded from elsewhere.
local style = require "tide.runbook.html_style"
local sections = require "tide.runbook.html_sections"
local steps = require "tide.runbook.html_steps"
local timeline = require "tide.runbook.timeline"
local words = require "tide.runbook.words"

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local Page = {}
Page.__index = Page

-- Pieces of markup as they are.
function Page:add(...) self[#self + 1] = table.concat({ ... }) end

-- Text as markup.
function Page.text(value) return (tostring(value):gsub("[&<>\"']", ENTITIES)) end

local TONE = {
  done = "good", reverted = "late", failed = "wrong", down_failed = "wrong", revert_failed = "wrong", refused = "wrong",
  interrupted = "wrong", unfinished = "wrong", started = "wrong", skipped = "quiet", pending = "quiet",
}

-- A state as a coloured word.
function Page.state(state)
  return ('<span class="state %s">%s</span>'):format(TONE[(state:gsub(" ", "_"))] or "quiet", (state:gsub("_", " ")))
end

function Page.mark(ok) return ok and '<b class="yes">✓</b>' or '<b class="no">✗</b>' end

local function head(page, model)
  local begin, text = model.begin, page.text
  page:add('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" ',
    'content="width=device-width,initial-scale=1"><title>', text(begin.title), " · ", text(begin.run),
    "</title><style>", style, "</style></head><body>\n<main><h1>", text(begin.title), "</h1>\n")
  page:add('<div class="summary">', page.state(model.state))
  for _, each in ipairs(words.tally(model.steps)) do
    page:add('<span class="tag">', each[2], " ", text(each[1]), "</span>")
  end
  local over = begin.budget and model.total > begin.budget
  page:add('<span class="tag', over and " late" or "", '">', words.length(model.total),
    begin.budget and " of " .. words.length(begin.budget) or "", "</span>")
  if begin.risk then page:add('<span class="tag">risk: ', text(begin.risk), "</span>") end
  page:add "</div>\n"
  if begin.description then page:add('<p class="lead">', text(begin.description), "</p>\n") end
  if model.error then page:add('<p class="alarm">', text(words.failure(model)), "</p>\n") end
end

local function about(page, model)
  local begin = model.begin
  page:add "<dl>"
  local function row(name, value)
    if value and value ~= "" then page:add("<dt>", page.text(name), "</dt><dd>", page.text(value), "</dd>\n") end
  end
  row("Environment", begin.environment .. " (" .. begin.url .. ")")
  row("Script", begin.script)
  row("Run", begin.run)
  for _, session in ipairs(model.sessions) do
    row(words.session[session.what], ("%s on %s, %s%s"):format(session.who, session.host, words.moment(session.at),
      session.edited and ", with an edited script" or ""))
  end
  row("Ended", words.moment(model.ended_at))
  for name, value in words.sorted(begin.inputs) do row("Input " .. name, words.value(value)) end
  page:add "</dl>\n"
end

local function times(page, model)
  page:add('<section><h2>Timeline</h2><div class="scroll"><div class="timeline">', timeline(model, page.text),
    "</div></div>\n",
    '<p class="legend">To scale. Dashed: the budget. Grey: taken back. Red: failed or cut off.</p>\n')
  if #model.remarks > 0 then
    page:add '<ul class="checks">'
    for _, remark in ipairs(model.remarks) do
      page:add('<li><b class="maybe">', remark.event == "overrun" and "!" or "•", "</b>", words.length(remark.seconds), ": ",
        page.text(words.remark(remark)), "</li>\n")
    end
    page:add "</ul>\n"
  end
  page:add "</section>\n"
end

return function(model, found)
  local page = setmetatable({}, Page)
  head(page, model)
  about(page, model)
  sections.preflight(page, model)
  times(page, model)
  steps(page, model)
  sections.checks(page, "What must be true at the end", model.checks)
  sections.facts(page, model)
  sections.schema(page, found)
  sections.people(page, model)
  page:add("</main><footer>Journal ", page.text(model.hash), model.torn and "; its last line was half-written" or "",
    "</footer></body></html>\n")
  return table.concat(page)
end
