-- The options that the kinds of fixes have in common, checked.
local native = ...

local throttle = require "tide.data.throttle"

local settings = {}

local EXPECT = { min = "number", max = "number" }
local MOST_WORKERS = 64

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- An option that is a whole number from 1 to `most` (nil = no limit).
local function whole(call, options, name, default, most)
  local value = options[name]
  if value == nil then return default end
  if value < 1 or value % 1 ~= 0 or value > (most or 1e15) then
    usage(("%s: %s is a whole number from 1 %s"):format(call, name, most and "to " .. most or "on"))
  end
  return value
end

-- The bounds of `expect`, both of them counts.
local function bounds(call, expect)
  expect = native.options("expect", expect, EXPECT)
  for _, name in ipairs { "min", "max" } do
    local count = expect[name]
    if count and (count < 0 or count % 1 ~= 0) then usage(("%s: expect.%s is a number of rows"):format(call, name)) end
  end
  if expect.min and expect.max and expect.min > expect.max then
    usage(("%s: expect.min = %d is more than expect.max = %d"):format(call, expect.min, expect.max))
  end
  return expect
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
  return {
    batch = whole(call, options, "batch", kind.batch), workers = whole(call, options, "workers", 1, MOST_WORKERS),
    max_errors = whole(call, options, "max_errors", 100), collect = collects(call, options.on_error), keep = 0,
    expect = bounds(call, options.expect), pause = native.host.duration(options.pause or 0, "pause"),
    longest = throttle.longest_batch(options.throttle),
  }
end

return settings
