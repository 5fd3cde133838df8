-- The host's side of the sandbox. Runs once a state, with the native modules as its argument, and returns the
-- functions that the host calls by name. Nothing in here is visible to scripts but what sandbox.lua hands out.
local native = ...

local parts = {}

local function part(name)
  if parts[name] == nil then
    local path = "host/" .. name .. ".lua"
    local chunk = assert(loadstring(native.host.stdlib_text(path), "=stdlib/" .. path))
    parts[name] = chunk(native, part)
  end
  return parts[name]
end

do
  -- the struct is empty, so that there is nothing a script could write: the host keeps the digits
  local ffi = require "ffi"
  ffi.cdef "struct numeric {};"
  native.numeric.open(ffi.metatype("struct numeric", native.numeric.metamethods()))
end
native.options = part "options"
native.runbook_value = { __metatable = false } -- the metatable of what tide.runbook makes
native.changes = part "changes"
part "db"

return {
  load = part("sandbox").load,
  load_migration = part("migration").load,
  report_run = part("runbook").report,
  resume_runbook = part("runbook").resume,
  run_script = part("script").run,
  prompt_open = function(...) return part("prompt").open(...) end,
  prompt_eval = function(...) return part("prompt").eval(...) end,
  prompt_eval_json = function(...) return part("prompt").eval_json(...) end,
  prompt_names = function(...) return part("prompt").names(...) end,
  visible_names = part("sandbox").visible_names,
}
