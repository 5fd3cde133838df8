---@meta tide.docker_compose

---Services of a Compose project, by `docker compose`. Each verb looks afterwards at what the containers do, and raises kind
---"verify" when it is not so.
---@class tide.docker_compose
local docker_compose = {}

---@class tide.ComposeOptions
---@field file? string|string[]  compose files; default what docker compose finds in the project's folder
---@field project? string       its name; default the folder's
---@field through? function     what runs docker, such as ssh.through "host"; default shell.run
---@field timeout? string|number   default "5m"

---@class tide.ComposeUp : tide.ComposeOptions
---@field within? string|number   until all run, and are healthy where they have a check; default "2m"
---@field build? boolean        builds the images first; default false
---@field scale? table<string, integer>   containers of a service; default what the file says

---@class tide.ComposeStop : tide.ComposeOptions
---@field grace? string|number   before a container is killed; default what the file says, 10s without

---@class tide.ComposeLogs : tide.ComposeOptions
---@field lines? integer        of each container; default 50
---@field since? string         "10m", or a time; default any

---@class tide.ComposeExec : tide.ComposeOptions
---@field user? string          default the image's
---@field stdin? string
---@field check? boolean        whether a failure raises; default true

---@class tide.ComposeContainer
---@field name string
---@field service string
---@field state string          "running", "exited", "restarting" ...
---@field health? string        "healthy", "starting", "unhealthy"; nil where it has no check
---@field exit_code? integer

---The compose file is valid, and the variables that it needs are set.
---@param options? tide.ComposeOptions
function docker_compose.check(options) end

---Creates or recreates what changed and waits until it runs, and is healthy where it has a check.
---@param services? string|string[]   default all
---@param options? tide.ComposeUp
function docker_compose.up(services, options) end

---The containers, those that are stopped too.
---@param services? string|string[]   default all
---@param options? tide.ComposeOptions
---@return tide.ComposeContainer[] containers
function docker_compose.ps(services, options) end

---Whether all containers of these services run and are healthy, for run:hold_until and run:need_that.
---
---```lua
---run:hold_until(function() return docker_compose.running { "db", "web" } end, { within = "1m" })
---```
---@param services? string|string[]   default all
---@param options? tide.ComposeOptions
---@return boolean running
---@return string? seen
function docker_compose.running(services, options) end

---@param services? string|string[]   default all
---@param options? tide.ComposeOptions
function docker_compose.start(services, options) end

---@param services? string|string[]   default all
---@param options? tide.ComposeStop
function docker_compose.stop(services, options) end

---@param services? string|string[]   default all
---@param options? tide.ComposeStop
function docker_compose.restart(services, options) end

---A program in a running container of the service, without a terminal.
---@param service string
---@param argv (string|number)[]
---@param options? tide.ComposeExec
---@return tide.ShellResult result
function docker_compose.exec(service, argv, options) end

---The last lines that these services wrote.
---@param services? string|string[]   default all
---@param options? tide.ComposeLogs
---@return string[] lines
function docker_compose.logs(services, options) end

return docker_compose
