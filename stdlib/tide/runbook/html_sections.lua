-- The parts of the HTML report that are about the whole run. `page` adds markup, and makes text of values.
local words = require "tide.runbook.words"

local sections = {}

function sections.list_of_checks(page, list)
  local parts = { '<ul class="checks">' }
  for _, check in ipairs(list) do
    parts[#parts + 1] = ("<li>%s%s%s</li>\n"):format(page.mark(check.ok), page.text(check.name),
      check.message and ": " .. page.text(check.message) or "")
  end
  return table.concat(parts) .. "</ul>"
end

function sections.checks(page, title, list)
  if #list == 0 then return end
  page:add("<section><h2>", title, "</h2>\n", sections.list_of_checks(page, list), "</section>\n")
end

-- Folded where all of it holds.
function sections.preflight(page, model)
  local missing = 0
  for _, check in ipairs(model.preflight) do missing = missing + (check.ok and 0 or 1) end
  if #model.preflight == 0 then return end
  local said = ("%d checks hold"):format(#model.preflight)
  if missing > 0 then said = ("%d of %d checks do not hold"):format(missing, #model.preflight) end
  page:add('<section><h2>Preflight</h2><details class="plain"', missing > 0 and " open" or "",
    '><summary><span class="title">', said, '</span></summary><div class="inner">',
    sections.list_of_checks(page, model.preflight), "</div></details></section>\n")
end

local HEAD = '<tr><th>Fact</th><th class="n">Before</th><th class="n">After</th><th class="n">Change</th><th>Expected</th>'
  .. "<th></th></tr>\n"

local function fact_table(page, lines)
  local text, number = page.text, '</td><td class="n">'
  page:add('<div class="scroll"><table>', HEAD)
  for _, line in ipairs(lines) do
    page:add("<tr", line.holds and "" or ' class="wrong"', "><td>", text(line.fact), number, text(line.before), number,
      text(line.after), number, text(line.change), "</td><td>", text(line.expected), "</td><td>", page.mark(line.holds),
      "</td></tr>\n")
  end
  page:add "</table></div>\n"
end

local function is_dull(line) return line.holds and line.before == line.after end

function sections.facts(page, model)
  if not model.facts.before then return end
  page:add "<section><h2>Facts</h2>\n"
  if not model.compared then
    page:add "<p>Taken before the run, and not compared: it did not come to its end.</p></section>\n"
    return
  end
  local changed, same = {}, {}
  for _, line in ipairs(model.compared) do
    local list = is_dull(line) and same or changed
    list[#list + 1] = line
  end
  if #changed > 0 then fact_table(page, changed) end
  if #same > 0 then
    page:add('<details class="plain"><summary><span class="title">', ("%d facts are as they were"):format(#same),
      '</span></summary><div class="inner">')
    fact_table(page, same)
    page:add "</div></details>\n"
  end
  page:add "</section>\n"
end

-- An image of its own, so that its styles stay its own.
local function image(page, title, svg)
  local url = svg:gsub("[%c\"#%%&'<>?`{}]", function(char) return ("%%%02X"):format(char:byte()) end)
  page:add('<details class="plain"><summary><span class="title">', title, '</span></summary><div class="inner scroll">',
    '<img class="erd" alt="', title, '" src="data:image/svg+xml,', url, '"></div></details>\n')
end

local SIGN = { only_in_a = '<b class="no">−</b>', only_in_b = '<b class="yes">+</b>', differs = '<b class="maybe">~</b>' }

function sections.schema(page, found)
  if not found then return end
  page:add "<section><h2>Schema</h2>\n"
  if found.differences and #found.differences == 0 then page:add "<p>Nothing differs before and after.</p>\n" end
  if found.differences and #found.differences > 0 then
    page:add '<ul class="checks">'
    for _, each in ipairs(found.differences) do page:add("<li>", SIGN[each.change], page.text(each.text), "</li>\n") end
    page:add "</ul>\n"
  end
  image(page, found.after and "Diagram before" or "Diagram", found.before.svg)
  if found.after then image(page, "Diagram after", found.after.svg) end
  page:add "</section>\n"
end

function sections.people(page, model)
  local text = page.text
  if #model.approvals > 0 then
    page:add "<section><h2>Approvals</h2>\n"
    for _, each in ipairs(model.approvals) do
      page:add("<p>", text(words.lead(each.question)), " <strong>", text(each.by), "</strong> (", text(each.proof), "; run by ",
        text(each.runner), ")</p>\n")
    end
    page:add "</section>\n"
  end
  if #(model.begin.follow_up or {}) == 0 then return end
  page:add '<section><h2>To do afterwards</h2><ul class="checks">\n'
  for _, each in ipairs(model.begin.follow_up) do page:add("<li><b>☐</b>", text(each), "</li>\n") end
  page:add "</ul></section>\n"
end

return sections
