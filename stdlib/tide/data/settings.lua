-- The options that the kinds of fixes have in common, checked.
local native = ...

local throttle = require "tide.data.throttle"

local settings = {}

local EXPECT = { min = "number", max = "number" }

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function whole(call, options, name, default)
  local value = options[name]
  if value == nil then return default end
  if not (value >= 1 and value % 1 == 0) then usage(("%s: %s is a whole number from 1 on"):format(call, name)) end
  return value
end

local function collects(call, choice)
  if choice and choice ~= "stop" and choice ~= "collect" then
    usage(('%s: on_error is "stop" or "collect", not "%s"'):format(call, choice))
  end
  return choice == "collect"
end

-- `kind` has call (its name), fields (its options) and batch (how large one is by default).
function settings.check(kind, options)
  local call = kind.call
  options = native.options(call, options, kind.fields)
  if not options.table then usage(call .. " needs `table`") end
  native.options("expect", options.expect, EXPECT)
  return {
    batch = whole(call, options, "batch", kind.batch), workers = whole(call, options, "workers", 1),
    max_errors = whole(call, options, "max_errors", 100), collect = collects(call, options.on_error), keep = 0,
    expect = options.expect or {}, pause = native.host.duration(options.pause or 0, "pause"),
    longest = throttle.longest_batch(options.throttle),
  }
end

return settings
