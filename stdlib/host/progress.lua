-- progress(total, label): how far a long piece of work has come.
local native = ...

local PAUSE = 0.1 -- seconds between two events

local function usage(message) native.host.raise { kind = "usage", message = message } end

local Progress = { __metatable = false }
Progress.__index = Progress

-- State of each object, where no script reaches it.
local states = setmetatable({}, { __mode = "k" })

local function state_of(self)
  local state = states[self]
  if not state then usage "call it with a colon: bar:step(n), bar:done()" end
  if state.ended then usage(("the progress of \"%s\" is done already"):format(state.label)) end
  return state
end

local function tell(state, total)
  state.told = native.time.monotonic()
  native.log.progress(state.label, state.count, total)
end

function Progress:step(count)
  if count == nil then count = 1 end
  if type(count) ~= "number" or count < 0 then usage "progress: step takes a number from 0 on" end
  local state = state_of(self)
  state.count = state.count + count
  local complete = state.total > 0 and state.count >= state.total
  if complete or native.time.monotonic() - state.told >= PAUSE then tell(state, state.total) end
end

function Progress:done()
  local state = state_of(self)
  state.ended = true
  if state.total == 0 or state.count < state.total then tell(state, state.count) end
end

return function(total, label)
  if total ~= nil and (type(total) ~= "number" or total < 0) then
    usage "progress takes how much there is to do, a number, and a label; nil when nobody knows how much"
  end
  if label ~= nil and type(label) ~= "string" then usage "progress: the label is a text" end
  local self = setmetatable({}, Progress)
  states[self] = { total = total or 0, label = label or "progress", count = 0, told = 0 }
  tell(states[self], states[self].total)
  return self
end
