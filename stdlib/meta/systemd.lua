---@meta tide.systemd

---Services of systemd. Each verb looks afterwards at what the service does, and raises kind "verify" when it is not so.
---@class tide.systemd
local systemd = {}

---@class tide.SystemdOptions
---@field user? boolean         the services of the user instead of the system's; default false
---@field through? function     what runs the programs, such as ssh.through "host"; default shell.run
---@field timeout? string|number   default "2m"

---@class tide.SystemdLogs : tide.SystemdOptions
---@field lines? integer        default 50
---@field since? string         as journalctl takes it: "10 min ago"; default any time

---@class tide.SystemdUnit
---@field unit string
---@field active string         "active", "inactive", "failed", "activating" ...
---@field sub string            "running", "dead" ...
---@field result string         "success", or why it ended
---@field pid integer           0 when it does not run
---@field restarts integer      how often systemd has restarted it by itself

---What systemd says of a unit. Raises kind "io" when there is no such unit.
---@param unit string           "app.service", or "app"
---@param options? tide.SystemdOptions
---@return tide.SystemdUnit state
function systemd.show(unit, options) end

---Whether it is active, for run:hold_until and run:need_that.
---@param unit string
---@param options? tide.SystemdOptions
---@return boolean active
---@return string? seen
function systemd.active(unit, options) end

---@param unit string
---@param options? tide.SystemdOptions
---@return tide.SystemdUnit state
function systemd.start(unit, options) end

---@param unit string
---@param options? tide.SystemdOptions
---@return tide.SystemdUnit state
function systemd.stop(unit, options) end

---```lua
---systemd.restart("app.service", { through = ssh.through "deploy@app.example.com" })
---```
---@param unit string
---@param options? tide.SystemdOptions
---@return tide.SystemdUnit state
function systemd.restart(unit, options) end

---The service reads its configuration again.
---@param unit string
---@param options? tide.SystemdOptions
---@return tide.SystemdUnit state
function systemd.reload(unit, options) end

---systemd reads its unit files again.
---@param options? tide.SystemdOptions
function systemd.daemon_reload(options) end

---The last lines of its journal, the oldest first.
---@param unit string
---@param options? tide.SystemdLogs
---@return string[] lines
function systemd.logs(unit, options) end

return systemd
