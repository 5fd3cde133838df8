-- A drawing of a run, to scale: one row a step, its time as a bar, its budget as an outline behind it.
local words = require "tide.runbook.words"

local WIDTH, LEFT, ROW, TOP = 960, 300, 24, 28
local ROOM = WIDTH - LEFT - 80

-- 1, 2 or 5 times a power of ten, so that about six of them fit.
local function step_of_axis(total)
  local raw = total / 6
  local power = 10 ^ math.floor(math.log10(raw))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if factor * power >= raw then return factor * power end
  end
end

-- The last moment that has to be drawn: a budget may reach beyond the end.
local function extent(model)
  local last = model.total
  for _, step in ipairs(model.steps) do
    local from = step.spans[1] and step.spans[1].from
    if from and step.budget then last = math.max(last, math.min(from + step.budget, model.total * 3)) end
  end
  return math.max(last, 0.001)
end

local function clip(text, length)
  if #text <= length then return text end
  local cut = text:sub(1, length - 1):gsub("[\128-\191]*$", ""):gsub("[\192-\255]$", "")
  return cut .. "…"
end

local function bar(span, y, scale)
  local colour = span.ok and (span.kind == "down" and "var(--dim)" or "var(--bar)") or "var(--bad)"
  return ('<rect x="%.1f" y="%.1f" width="%.1f" height="12" rx="2" fill="%s"/>'):format(LEFT + span.from * scale, y + 5,
    math.max((span.to - span.from) * scale, 1.5), colour)
end

local function row(step, y, scale, escape)
  local parts = { ('<text x="0" y="%.1f"><title>%s</title>%s</text>'):format(y + 15, escape(step.title),
    escape(step.number .. "  " .. clip(step.title, 40))) }
  local first = step.spans[1]
  if first and step.budget then
    parts[#parts + 1] = ('<rect x="%.1f" y="%.1f" width="%.1f" height="18" rx="3" fill="none" stroke="var(--dim)" '
      .. 'stroke-dasharray="3 2"/>'):format(LEFT + first.from * scale, y + 2,
      math.min(math.max(step.budget * scale, 3), ROOM - first.from * scale))
  end
  for _, span in ipairs(step.spans) do parts[#parts + 1] = bar(span, y, scale) end
  local last = step.spans[#step.spans]
  if last then
    parts[#parts + 1] = ('<text class="dim" x="%.1f" y="%.1f">%s</text>'):format(
      math.min(LEFT + last.to * scale + 6, WIDTH - 70), y + 15, words.length(step.ms / 1000))
  end
  return table.concat(parts)
end

local function axis(total, scale, height)
  local parts, mark = {}, step_of_axis(total)
  local at = 0
  while at <= total do
    local x = LEFT + at * scale
    parts[#parts + 1] = ('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="var(--line)"/>'
      .. '<text class="dim" x="%.1f" y="14">%s</text>'):format(x, TOP - 8, x, height, x, at == 0 and "0" or words.length(at))
    at = at + mark
  end
  return table.concat(parts)
end

return function(model, escape)
  local total = extent(model)
  local scale, height = ROOM / total, TOP + #model.steps * ROW + 6
  local parts = { ('<svg viewBox="0 0 %d %d" role="img" aria-label="Timeline of the steps">'):format(WIDTH, height),
    axis(total, scale, height) }
  for i, step in ipairs(model.steps) do parts[#parts + 1] = row(step, TOP + (i - 1) * ROW, scale, escape) end
  for i = 2, #model.sessions do
    local x = LEFT + model.sessions[i].from * scale
    parts[#parts + 1] = ('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="var(--warn)" stroke-dasharray="4 3"/>'):format(
      x, TOP - 8, x, height)
  end
  parts[#parts + 1] = "</svg>"
  return table.concat(parts)
end
