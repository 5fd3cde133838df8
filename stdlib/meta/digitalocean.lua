---@meta tide.digitalocean

---Apps on DigitalOcean's App Platform, by doctl, which is logged in or finds DIGITALOCEAN_ACCESS_TOKEN. What deploys waits
---until it is done, and raises kind "verify" when the newest deployment is not the one that runs then.
---@class tide.digitalocean
local digitalocean = {}

---@class tide.DigitalOceanOptions
---@field context? string       of doctl's configuration; default the current one
---@field timeout? string|number   default "15m"

---@class tide.DigitalOceanRestart : tide.DigitalOceanOptions
---@field components? string[]  default all

---@class tide.DigitalOceanLogs : tide.DigitalOceanOptions
---@field component? string     default all
---@field type? "run"|"build"|"deploy"|"run_restarted"   default "run"
---@field lines? integer        default 50

---@class tide.DigitalOceanRollback
---@field token string          of DigitalOcean's API
---@field api? string           default "https://api.digitalocean.com"

---@class tide.DigitalOceanDeployment
---@field id string
---@field phase string          "ACTIVE", "SUPERSEDED", "ERROR", "DEPLOYING" ...
---@field cause string

---@param options? tide.DigitalOceanOptions
---@return string? email        of the account that doctl works as
function digitalocean.account(options) end

---@param app string            its id, as `doctl apps list` prints it
---@param options? tide.DigitalOceanOptions
---@return table app            as the API has it
function digitalocean.app(app, options) end

---Newest first.
---@param app string
---@param options? tide.DigitalOceanOptions
---@return tide.DigitalOceanDeployment[] deployments
function digitalocean.deployments(app, options) end

---Whether the newest deployment is the one that runs, for run:hold_until and run:need_that.
---@param app string
---@param options? tide.DigitalOceanOptions
---@return boolean active
---@return string? seen
function digitalocean.active(app, options) end

---Builds and deploys what the app's branch has.
---@param app string
---@param options? tide.DigitalOceanOptions
function digitalocean.deploy(app, options) end

---@param app string
---@param options? tide.DigitalOceanRestart
function digitalocean.restart(app, options) end

---@param app string
---@param options? tide.DigitalOceanOptions
---@return table spec           the app spec
function digitalocean.spec(app, options) end

---Deploys the code that the app has with another spec.
---@param app string
---@param spec table
---@param options? tide.DigitalOceanOptions
function digitalocean.update(app, spec, options) end

---@param spec table
---@return table<string, integer> counts   instances of each service and worker
function digitalocean.instances(spec) end

---@param spec table
---@return boolean
function digitalocean.is_archived(spec) end

---@param spec table
---@return boolean
function digitalocean.in_maintenance(spec) end

---Stops every component; visitors see the offline page. App Platform has no zero instances: this is what takes their place.
---
---```lua
---digitalocean.archive(app)
---backup.restore(label, { confirm = { name, run.env } })
---digitalocean.unarchive(app)
---```
---@param app string
---@param options? tide.DigitalOceanOptions
function digitalocean.archive(app, options) end

---Starts what archive has stopped. Ends maintenance mode too.
---@param app string
---@param options? tide.DigitalOceanOptions
function digitalocean.unarchive(app, options) end

---Visitors see the offline page; the components go on to run.
---@param app string
---@param options? tide.DigitalOceanOptions
function digitalocean.maintenance_on(app, options) end

---@param app string
---@param options? tide.DigitalOceanOptions
function digitalocean.maintenance_off(app, options) end

---@param app string
---@param options? tide.DigitalOceanLogs
---@return string[] lines
function digitalocean.logs(app, options) end

---Deploys an earlier deployment again, by DigitalOcean's API: doctl has no command for it. Returns at once; wait with
---digitalocean.active.
---@param app string
---@param deployment string
---@param options tide.DigitalOceanRollback
function digitalocean.rollback(app, deployment, options) end

return digitalocean
