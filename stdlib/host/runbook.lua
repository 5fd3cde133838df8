-- The runbook that is run, where the host finds it again after an interrupt.
local native, part = ...

local running

local runbook = {}

function runbook.run(require, value, call)
  running = require("tide.runbook.runner").new(value, call)
  return native.json.encode(running:start())
end

-- Goes on after an error that the runner did not answer (an interrupt), or tidies up and raises; false when there is
-- nothing to do about it.
function runbook.resume(failure)
  if not running or not running:is_open() then return nil, false end
  return native.json.encode(running:resume(failure)), true
end

function runbook.report(request)
  local report = part("sandbox").load("report", 'return require "tide.runbook.report"')()
  return native.json.encode(report.answer(native.json.decode(request)))
end

return runbook
