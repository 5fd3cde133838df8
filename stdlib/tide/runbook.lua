-- A runbook is a table with phases; `tide run` runs what a script returns of it, step by step.
local native = ...

return function(declaration)
  if type(declaration) ~= "table" then
    native.host.raise { kind = "config", message = "runbook takes a table: return runbook { title = ..., phases = ... }" }
  end
  return setmetatable(declaration, native.runbook_value)
end
