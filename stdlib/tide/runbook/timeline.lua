-- The times of a run as an SVG drawn to scale: a bar for each try of a step, a dashed frame for the budget of a step or
-- a phase, thin bars for what was watched meanwhile, a line where one process ended and the next one began.
local words = require "tide.runbook.words"

local WIDTH, LEFT, TOP, BOTTOM = 960, 290, 30, 10
local ROOM = WIDTH - LEFT - 84
local NOTE_WIDTH = 60
local HEIGHT = { phase = 30, step = 24, watcher = 18 }

-- 1, 2 or 5 times a power of ten below a minute; above it what people divide hours by.
local NICE = { 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400 }

local function step_of_axis(total)
  local raw = total / 6
  if raw >= 30 then
    for _, nice in ipairs(NICE) do
      if nice >= raw then return nice end
    end
    return math.ceil(raw / 86400) * 86400
  end
  local power = 10 ^ math.floor(math.log10(raw))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if factor * power >= raw then return factor * power end
  end
end

local function clip(text, length)
  if #text <= length then return text end
  local cut = text:sub(1, length - 1):gsub("[\128-\191]*$", ""):gsub("[\192-\255]$", "")
  return cut .. "…"
end

local function span_of_phase(phase)
  local from, to
  for _, step in ipairs(phase.steps) do
    for _, span in ipairs(step.spans) do
      if span.kind == "up" then from, to = math.min(from or span.from, span.from), math.max(to or span.to, span.to) end
    end
  end
  return from and { from = from, to = to, kind = "phase", ok = true }
end

local function row_of_phase(phase)
  local span = span_of_phase(phase)
  return { kind = "phase", label = phase.title, spans = { span }, budget = phase.budget,
    ms = span and (span.to - span.from) * 1000 }
end

local function rows_of_step(rows, step)
  rows[#rows + 1] = { kind = "step", label = step.number .. "  " .. step.title, spans = step.spans, budget = step.budget,
    ms = step.spans[1] and step.ms }
  for _, watcher in ipairs(step.watchers) do
    rows[#rows + 1] = { kind = "watcher", label = watcher.name, note = ("%d×"):format(watcher.rounds),
      spans = { { from = watcher.from, to = watcher.to, kind = "watcher", ok = watcher.ok } } }
  end
end

local function rows_of(model)
  local rows = {}
  for _, phase in ipairs(model.phases) do
    rows[#rows + 1] = row_of_phase(phase)
    for _, step in ipairs(phase.steps) do rows_of_step(rows, step) end
  end
  return rows
end

-- The last moment that has to be drawn: a budget may reach beyond the end, and is not let to squeeze all else.
local function extent(model, rows)
  local last, most = model.total, math.max(model.total * 2.5, 0.001)
  local function reach(moment) last = math.max(last, math.min(moment, most)) end
  if model.begin.budget then reach(model.begin.budget) end
  for _, row in ipairs(rows) do
    if row.budget and row.spans[1] then reach(row.spans[1].from + row.budget) end
  end
  return math.max(last, 0.001)
end

local STYLE = {
  phase = { height = 5, top = 15, colour = "var(--line-strong)" },
  up = { height = 12, top = 6, colour = "var(--bar)" },
  down = { height = 12, top = 6, colour = "var(--dim)" },
  watcher = { height = 5, top = 7, colour = "var(--ok)" },
}

local function bar(span, y, scale)
  local style = STYLE[span.kind]
  return ('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2" fill="%s"/>'):format(LEFT + span.from * scale,
    y + style.top, math.max((span.to - span.from) * scale, 1.5), style.height, span.ok and style.colour or "var(--bad)")
end

local function right_of_frame(row, scale) return math.min((row.spans[1].from + row.budget) * scale, ROOM) end

local function frame(row, y, scale)
  local left = row.spans[1].from * scale
  return ('<rect class="budget" x="%.1f" y="%.1f" width="%.1f" height="18" rx="3"><title>budget %s</title></rect>'):format(
    LEFT + left, y + HEIGHT[row.kind] - 21, math.max(right_of_frame(row, scale) - left, 3), words.length(row.budget))
end

-- Behind the last bar, and not across the end of the frame.
local function place_of_note(row, scale)
  local last = 0
  for _, span in ipairs(row.spans) do last = math.max(last, span.to * scale) end
  local edge = row.budget and right_of_frame(row, scale) or -1
  if edge > last and edge < last + NOTE_WIDTH then last = edge end
  return math.min(LEFT + last + 6, WIDTH - 80)
end

local function draw_row(row, y, scale, escape)
  local indent = row.kind == "phase" and 0 or row.kind == "step" and 8 or 44
  local base = y + HEIGHT[row.kind] - 8
  local parts = { ('<text class="%s" x="%d" y="%.1f"><title>%s</title>%s</text>'):format(row.kind, indent, base,
    escape(row.label), escape(clip(row.label, 40 - indent / 8))) }
  if not row.spans[1] then return parts[1] end
  if row.budget then parts[#parts + 1] = frame(row, y, scale) end
  for _, span in ipairs(row.spans) do parts[#parts + 1] = bar(span, y, scale) end
  local over = row.budget and row.ms and row.ms / 1000 > row.budget
  parts[#parts + 1] = ('<text class="%s" x="%.1f" y="%.1f">%s</text>'):format(over and "over" or "dim",
    place_of_note(row, scale), base, row.note or words.length(row.ms / 1000) .. (over and " !" or ""))
  return table.concat(parts)
end

local function line(x, bottom, class, title)
  return ('<line class="%s" x1="%.1f" y1="%d" x2="%.1f" y2="%d"><title>%s</title></line>'):format(class, x, TOP - 8, x,
    bottom, title or "")
end

local function axis(total, scale, bottom)
  local parts, mark, at = {}, step_of_axis(total), 0
  while at <= total do
    local x = LEFT + at * scale
    parts[#parts + 1] = line(x, bottom, "mark") .. ('<text class="dim" x="%.1f" y="14">%s</text>'):format(x,
      at == 0 and "0" or words.tick(at))
    at = at + mark
  end
  return table.concat(parts)
end

-- What is true of the whole run: its budget, other processes that went on with it, reminders.
local function marks(model, total, scale, bottom, escape)
  local parts = {}
  local budget = model.begin.budget
  if budget and budget <= total then
    parts[1] = line(LEFT + budget * scale, bottom, "end", "budget of the run: " .. words.length(budget))
  end
  for i = 2, #model.sessions do
    parts[#parts + 1] = line(LEFT + model.sessions[i].from * scale, bottom, "session", escape(model.sessions[i].what))
  end
  for _, remark in ipairs(model.remarks) do
    parts[#parts + 1] = ('<circle class="%s" cx="%.1f" cy="%d" r="4"><title>%s</title></circle>'):format(remark.event,
      LEFT + remark.seconds * scale, TOP - 6, escape(words.remark(remark)))
  end
  return table.concat(parts)
end

return function(model, escape)
  local rows = rows_of(model)
  local total, height = extent(model, rows), TOP + BOTTOM
  for _, row in ipairs(rows) do height = height + HEIGHT[row.kind] end
  local scale, bottom, y = ROOM / total, height - BOTTOM, TOP
  local parts = { ('<svg viewBox="0 0 %d %d" role="img" aria-label="Timeline of the steps">'):format(WIDTH, height),
    axis(total, scale, bottom) }
  for _, row in ipairs(rows) do
    parts[#parts + 1] = draw_row(row, y, scale, escape)
    y = y + HEIGHT[row.kind]
  end
  parts[#parts + 1] = marks(model, total, scale, bottom, escape) .. "</svg>"
  return table.concat(parts)
end
