-- The journal of a run: entries as tables, and what they say of each step. The file itself is the host's.
local native = ...

local journal = {}

-- Adds who wrote when. `t` counts seconds since this process began the run, by a clock that nobody sets back.
local Writer = {}
Writer.__index = Writer

function Writer:write(entry, sync)
  entry.at, entry.t = native.time.format(native.time.epoch()), native.time.monotonic() - self.began
  if not self.dry then self:append(entry, sync == true) end
  self.entries[#self.entries + 1] = entry
end

-- While a run is tidied up a full disk must not keep maintenance mode on: what was not written is `lost`.
function Writer:append(entry, sync)
  local ok, result = pcall(native.runbook.append, native.json.encode(entry), sync)
  if ok then
    self.hash = result
  elseif self.tidying and result.kind == "io" then
    if not self.lost then native.log.log("error", "the journal cannot be written: " .. result.message) end
    self.lost = self.lost or result
  else
    error(result, 0)
  end
end

function journal.writer(dry) return setmetatable({ dry = dry, began = native.time.monotonic(), entries = {} }, Writer) end

-- read(run) -> { entries =, hash =, torn = }; kind "verify" when the file was changed
function journal.read(run)
  local texts, hash, torn = native.runbook.read(run)
  local entries = {}
  for i, text in ipairs(texts) do entries[i] = native.json.decode(text) end
  return { entries = entries, hash = hash, torn = torn }
end

local STATE_OF = {
  start = "started", done = "done", failed = "failed", skipped = "skipped", reverted = "reverted", ended = "ended",
}

-- What one entry changes.
local function apply(states, entry)
  local state = STATE_OF[entry.event]
  if not state or not entry.step then return end
  local step = states[entry.step] or { tries = 0 }
  states[entry.step] = step
  step.state, step.earlier = state, nil
  if state == "started" then step.tries, step.touched, step.on = step.tries + 1, true, true end
  if state == "reverted" or state == "ended" then step.on = false end
  if state == "done" then step.came_about = true end
  if state == "reverted" then step.came_about = step.came_about and entry.by == "end" end
  if state == "failed" then step.error = entry.error end
end

-- states(entries) -> key of a step -> { state =, tries =, on =, came_about = }; `on`: begun, and its down has not run
-- since; `came_about`: done, and not taken back but for the end of the run
function journal.states(entries)
  local states = {}
  for _, entry in ipairs(entries) do apply(states, entry) end
  return states
end

journal.apply = apply

-- What steps had put on `run`.
function journal.kept(entries)
  local kept = {}
  for _, entry in ipairs(entries) do
    for name, value in pairs(entry.kept or {}) do kept[name] = value end
    for _, name in ipairs(entry.dropped_names or {}) do kept[name] = nil end
  end
  return kept
end

-- The first entry of this event, or the last.
function journal.first(entries, event)
  for _, entry in ipairs(entries) do
    if entry.event == event then return entry end
  end
end

function journal.last(entries, event)
  for i = #entries, 1, -1 do
    if entries[i].event == event then return entries[i] end
  end
end

-- Runs that begin with `text`; `last` is the newest one. kUsage when it is none, or several.
function journal.find(text, matches)
  local found = {}
  for _, run in ipairs(native.runbook.runs()) do
    if text == "last" or run:sub(1, #text) == text then
      if not matches or matches(run) then found[#found + 1] = run end
    end
  end
  if text == "last" and #found > 0 then return found[#found] end
  if #found == 1 then return found[1] end
  native.host.raise { kind = "usage",
    message = #found == 0 and ("there is no run '%s'"):format(text)
      or ("'%s' begins several runs: %s"):format(text, table.concat(found, ", ")),
    next = { "tide report   lists the runs" } }
end

return journal
