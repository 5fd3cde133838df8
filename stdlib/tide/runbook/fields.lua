-- What may stand in a runbook, by name and type: the one table that the checks, the docs and the messages read.
local fields = {}

fields.runbook = {
  budget = "string|number", description = "string", facts = "table", follow_up = "table", inputs = "table",
  on_error = "function", phases = "table", preflight = "function", risk = "string", success = "table",
  timers = "table", title = "string",
}

fields.phase = { budget = "string|number", description = "string", tags = "table" }

fields.step = {
  always_down = "boolean", approve = "string", ask = "string", budget = "string|number", choices = "table",
  confirm = "string", default = "string|number", description = "string", down = "function", ends = "string",
  every = "string|number", for_ = "string|number", hold = "function|string", irreversible = "string",
  manual = "string", name = "string", on_error = "function", pattern = "string", point_of_no_return = "boolean",
  retries = "number", retry_pause = "string|number", secret = "boolean", tags = "table",
  timeout = "string|number", up = "function", verify = "function", watch = "function|table", when = "function",
  within = "string|number",
}

-- What a step does; it has one of these, or `up`.
fields.bodies = { "up", "manual", "confirm", "ask", "hold", "watch", "approve", "ends" }

fields.input = {
  ask = "string", choices = "table", default = "any", description = "string", env = "string", pattern = "string",
  required = "boolean", secret = "boolean", type = "string",
}
fields.input_types = { "string", "number", "integer", "boolean", "duration" }

fields.watcher = { every = "string|number", for_ = "string|number" }
fields.timer = { every = "string|number" }

fields.durations = { "budget", "every", "for_", "retry_pause", "timeout", "within" }

return fields
