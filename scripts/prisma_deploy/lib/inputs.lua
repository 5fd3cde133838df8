-- Inputs that both runbooks have: where the application is.
local application = require "application"

return function(more)
  local inputs = {
    url = { required = true, pattern = "^https?://[^/]+$", env = "APP_URL", description = "The application, without a path" },
    health = { default = "/api/health", description = "The path that answers 200 when the application is well" },
    platform = { default = "pm2", choices = application.platforms, description = "What runs the application" },
    process = { default = "backend", description = "Its name there: process, unit, service, or the id of the app" },
    server = { default = "", description = "The ssh target of the machine it runs on; this one without" },
    directory = { default = ".", description = "Its folder on that machine" },
    api_token = { secret = true, env = "DIGITALOCEAN_ACCESS_TOKEN", description = "For the way back on App Platform" },
    api = { default = "https://api.digitalocean.com", description = "DigitalOcean's API" },
    within = { type = "duration", default = "2m", description = "How long the application may take to be well" },
  }
  for name, input in pairs(more) do inputs[name] = input end
  return inputs
end
