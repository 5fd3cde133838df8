---@meta

---Moments are ISO text in UTC, or seconds since 1970. Lengths of time are texts such as "500ms", "30s", "2m", "1h", "1d", or
---seconds.
---@class tide.time
time = {}

---@return string iso   such as "2026-11-20T09:48:07.123Z"
function time.now() end

---Seconds since 1970, to the millisecond.
---@return number seconds
function time.epoch() end

---A clock that is never set back, for measuring.
---
---```lua
---local began = time.monotonic()
---work()
---log.info(("took %.1f s"):format(time.monotonic() - began))
---```
---@return number seconds   since some moment
function time.monotonic() end

---@param seconds number   since 1970
---@return string iso   UTC, to the millisecond
function time.format(seconds) end

---Raises an error of kind "usage" for what is no ISO time, also for a day that does not exist.
---@param iso string   a date, with or without a time; UTC unless it names an offset
---@return number seconds   since 1970
function time.parse(iso) end

---@param length string|number   "2m"
---@return number seconds   120
function time.duration(length) end

---Waits. Ctrl-C ends it with an error.
---@param length string|number
function time.sleep(length) end
