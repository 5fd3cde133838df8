---@meta tide.pm2

---Node applications under pm2. Each verb looks afterwards at what the processes do, and raises kind "verify" when it is
---not so: pm2 itself ends with 0 for an application that falls over at once.
---@class tide.pm2
local pm2 = {}

---@class tide.Pm2Options
---@field through? function     what runs pm2, such as ssh.through "host"; default shell.run
---@field timeout? string|number   default "2m"

---@class tide.Pm2Start : tide.Pm2Options
---@field update_env? boolean   hands over the variables of the caller; default false: those of its first start

---@class tide.Pm2Logs : tide.Pm2Options
---@field lines? integer        default 50

---@class tide.Pm2Process
---@field name string
---@field id integer
---@field pid integer
---@field status string         "online", "stopped", "errored", "launching" ...
---@field restarts integer      since its first start
---@field memory? integer       bytes

---Every process.
---@param options? tide.Pm2Options
---@return tide.Pm2Process[] processes
function pm2.list(options) end

---Whether all processes of an application are online, for run:hold_until and run:need_that.
---@param name string
---@param options? tide.Pm2Options
---@return boolean online
---@return string? seen
function pm2.online(name, options) end

---@param name string           of an application that pm2 knows
---@param options? tide.Pm2Start
function pm2.start(name, options) end

---@param name string
---@param options? tide.Pm2Options
function pm2.stop(name, options) end

---Stops it and starts it.
---
---```lua
---pm2.restart("api", { through = ssh.through "deploy@app.example.com", update_env = true })
---```
---@param name string
---@param options? tide.Pm2Start
function pm2.restart(name, options) end

---Replaces its processes one by one.
---@param name string
---@param options? tide.Pm2Start
function pm2.reload(name, options) end

---Keeps the list of processes for the next start of the machine.
---@param options? tide.Pm2Options
function pm2.save(options) end

---The last lines of its logs.
---@param name string
---@param options? tide.Pm2Logs
---@return string[] lines
function pm2.logs(name, options) end

return pm2
