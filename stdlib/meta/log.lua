---@meta

---Messages to stderr and to the log file, by level. The values are joined by spaces.
---@class tide.log
log = {}

---Shown with `-v`.
---@param ... any
function log.debug(...) end

---@param ... any
function log.info(...) end

---@param ... any
function log.warn(...) end

---@param ... any
function log.error(...) end
