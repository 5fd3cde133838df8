-- time: moments as ISO text in UTC or as seconds since 1970; lengths of time as "30s" or as seconds.
local native = ...

local function usage(message) native.host.raise { kind = "usage", message = message } end

local time = { epoch = native.time.epoch, monotonic = native.time.monotonic }

function time.now() return native.time.format(native.time.epoch()) end

function time.format(seconds)
  if type(seconds) ~= "number" then usage "time.format takes seconds since 1970, a number" end
  return native.time.format(seconds)
end

function time.parse(iso)
  if type(iso) ~= "string" then usage "time.parse takes an ISO time, a text" end
  return native.time.parse(iso)
end

function time.duration(length) return native.host.duration(length, "time.duration: what it takes") / 1000 end

function time.sleep(length) native.host.sleep(native.host.duration(length, "time.sleep: what it takes")) end

return time
