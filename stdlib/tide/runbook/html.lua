-- The report of a run as one HTML file: no script, nothing loaded from elsewhere; light and dark, wide and narrow.
local words = require "tide.runbook.words"
local timeline = require "tide.runbook.timeline"

local STYLE = [[
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5b6570;--line:#d8dee4;--card:#f6f8fa;--ok:#1a7f37;
  --bad:#b3261e;--warn:#8a5a00;--bar:#2f6fb3}
@media(prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e3e8ee;--dim:#9aa5b1;--line:#2c343d;--card:#171d24;
  --ok:#57c277;--bad:#ff8a80;--warn:#e2b04a;--bar:#5b9bd9}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1.5rem 1rem 4rem;background:var(--bg);color:var(--fg);
  font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .6rem}p{margin:.4rem 0}
.state{display:inline-block;padding:.1rem .6rem;border-radius:1rem;border:1px solid;font-weight:600}
.done,.reverted{color:var(--ok)}
.failed,.down_failed,.revert_failed,.refused,.interrupted,.unfinished{color:var(--bad)}
.skipped,.pending,.started{color:var(--dim)}.over{color:var(--warn)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:1rem 0}dt{color:var(--dim)}dd{margin:0}
ul.checks{list-style:none;padding:0;margin:0}ul.checks li{padding:.15rem 0}
details,.step{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0;background:var(--card)}
summary,.step{padding:.5rem .8rem;display:flex;gap:.2rem .8rem;flex-wrap:wrap;align-items:baseline}
summary{cursor:pointer}summary .title,.step .title{flex:1 1 14rem}
.num,.time{color:var(--dim);font-variant-numeric:tabular-nums}.time.over{color:var(--warn)}
.inner{padding:0 .8rem .6rem}
pre{margin:.5rem 0;padding:.6rem;border-radius:.4rem;background:var(--bg);border:1px solid var(--line);overflow-x:auto;
  font-size:.82rem;max-height:32rem;white-space:pre-wrap}
svg{width:100%;height:auto;display:block}svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}
.scroll{overflow-x:auto}.scroll svg{min-width:40rem}footer{margin-top:3rem;color:var(--dim);font-size:.85rem}
@media(max-width:36rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
]]

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }
local function escape(text) return (tostring(text):gsub("[&<>\"']", ENTITIES)) end

local Page = {}
Page.__index = Page

-- Pieces of markup as they are; what is not markup goes through escape.
function Page:add(...) self[#self + 1] = table.concat({ ... }) end

local function head(page, model)
  local begin = model.begin
  page:add('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" ',
    'content="width=device-width,initial-scale=1"><title>', escape(begin.title), " · ", escape(begin.run),
    "</title><style>", STYLE, "</style></head><body>\n<main><h1>", escape(begin.title), "</h1>\n")
  page:add('<p><span class="state ', escape(model.state), '">', escape((model.state:gsub("_", " "))), "</span> ",
    model.error and escape(model.error.message) or "", "</p>\n")
  if begin.description then page:add("<p>", escape(begin.description), "</p>\n") end
end

local function about(page, model)
  local begin = model.begin
  page:add "<dl>"
  local function row(name, value)
    if value and value ~= "" then page:add("<dt>", escape(name), "</dt><dd>", escape(value), "</dd>\n") end
  end
  row("Run", begin.run)
  row("Script", begin.script)
  row("Risk", begin.risk)
  row("Environment", begin.environment .. " (" .. begin.url .. ")")
  row("Began", words.moment(begin.at))
  row("Ended", words.moment(model.ended_at))
  row("Time at work", words.length(model.total) .. (begin.budget and " of " .. words.length(begin.budget) or ""))
  for _, session in ipairs(model.sessions) do
    row(session.what == "begin" and "Run by" or session.what, ("%s on %s, %s%s"):format(session.who, session.host,
      words.moment(session.at), session.edited and ", with an edited script" or ""))
  end
  for name, value in words.sorted(begin.inputs) do row("Input " .. name, words.value(value)) end
  page:add "</dl>\n"
end

local function checks(page, title, list)
  if #list == 0 then return end
  page:add("<section><h2>", escape(title), '</h2><ul class="checks">\n')
  for _, check in ipairs(list) do
    page:add('<li><span class="', check.ok and "done" or "failed", '">', check.ok and "✓" or "✗", "</span> ",
      escape(check.name), check.message and ": " .. escape(check.message) or "", "</li>\n")
  end
  page:add "</ul></section>\n"
end

local function inside(page, step)
  page:add '<div class="inner">'
  if step.description then page:add("<p>", escape(step.description), "</p>") end
  for _, answer in ipairs(step.answers) do
    page:add("<p>", escape(answer.question), ": <strong>", escape(answer.answer), "</strong> (", escape(answer.by), ")</p>")
  end
  for _, decision in ipairs(step.decisions) do
    page:add("<p>After the failure: <strong>", escape(decision.choice), "</strong>, ", escape(decision.reason or ""), "</p>")
  end
  checks(page, "Checks", step.checks)
  for _, evidence in ipairs(step.evidence) do
    page:add("<p>", escape(evidence.name), "</p><pre>", escape(words.value(evidence.value)), "</pre>")
  end
  local lines = words.output_of(step)
  if #lines > 0 then page:add("<pre>", escape(table.concat(lines, "\n")), "</pre>") end
  if step.error then page:add('<pre class="failed">', escape(step.error.message),
    step.error.file and escape(("\nat %s:%s"):format(step.error.file, tostring(step.error.line))) or "", "</pre>") end
  page:add "</div>"
end

local function title_of(step)
  local over = step.budget and step.ms / 1000 > step.budget
  return table.concat {
    '<span class="num">', escape(step.number), '</span><span class="title">', escape(step.title), "</span>",
    '<span class="time', over and " over" or "", '">', step.ms > 0 and words.length(step.ms / 1000) or "",
    step.budget and " / " .. words.length(step.budget) or "", '</span><span class="', escape((step.state:gsub(" ", "_"))),
    '">', escape(step.state), "</span>",
  }
end

local function has_details(step)
  return step.description or step.error or #step.answers + #step.checks + #step.evidence + #step.effects + #step.migrations
    + #step.lines + #step.decisions > 0
end

local function steps(page, model)
  page:add "<section><h2>Steps</h2>\n"
  local phase
  for _, step in ipairs(model.steps) do
    if step.phase ~= phase then page:add("<h3>", escape(step.phase), "</h3>\n") end
    phase = step.phase
    if has_details(step) then
      page:add("<details", step.state == "failed" and " open" or "", "><summary>", title_of(step), "</summary>")
      inside(page, step)
      page:add "</details>\n"
    else
      page:add('<div class="step">', title_of(step), "</div>\n")
    end
    local remarks = not step.error and words.remarks_of(step) or ""
    if remarks ~= "" then page:add('<p class="num">', escape(remarks), "</p>\n") end
  end
  page:add "</section>\n"
end

local function facts(page, model)
  if not model.facts.before then return end
  page:add "<section><h2>Facts</h2>\n"
  if model.compared then page:add("<pre>", escape(words.value(model.compared)), "</pre>") end
  for _, name in ipairs { "before", "after" } do
    if model.facts[name] then
      page:add("<details><summary>", name, '</summary><div class="inner"><pre>', escape(words.value(model.facts[name])),
        "</pre></div></details>\n")
    end
  end
  page:add "</section>\n"
end

local function people(page, model)
  if #model.approvals > 0 then
    page:add "<section><h2>Approvals</h2>\n"
    for _, each in ipairs(model.approvals) do
      page:add("<p>", escape(each.question), ": <strong>", escape(each.by), "</strong> (", escape(each.proof), "; run by ",
        escape(each.runner), ")</p>\n")
    end
    page:add "</section>\n"
  end
  if #(model.begin.follow_up or {}) == 0 then return end
  page:add "<section><h2>To do afterwards</h2><ul>\n"
  for _, text in ipairs(model.begin.follow_up) do page:add("<li>", escape(text), "</li>\n") end
  page:add "</ul></section>\n"
end

return function(model)
  local page = setmetatable({}, Page)
  head(page, model)
  about(page, model)
  page:add('<section><h2>Timeline</h2><div class="scroll">', timeline(model, escape), "</div></section>\n")
  checks(page, "Preflight", model.preflight)
  steps(page, model)
  checks(page, "What must be true at the end", model.checks)
  facts(page, model)
  people(page, model)
  page:add("</main><footer>Journal ", escape(model.hash), model.torn and "; its last line was half-written" or "",
    "</footer></body></html>\n")
  return table.concat(page)
end
