---@meta tide.ssh

---Programs and files on another machine, by OpenSSH's ssh and scp and what ~/.ssh/config says. Nobody is asked: without a
---key that works, or with a host key that known_hosts does not have, it fails. Each is an effect: recorded in a dry run.
---@class tide.ssh
local ssh = {}

---@class tide.SshHost
---@field port? integer         default what ssh's configuration says, 22 without
---@field identity? string      the file of a private key; default as configured
---@field jump? string          "user@bastion", through which it goes; default none
---@field config? string        another configuration file; default ~/.ssh/config
---@field connect_timeout? string|number   default "10s"

---The options of shell.run but `env` and `inherit_env`, because a server takes no variables that it was not told to take;
---`cwd` is a folder over there, `stdin_file` and `stdout_file` are files here.
---@class tide.SshRun : tide.SshHost
---@field cwd? string           default the home folder
---@field stdin? string
---@field stdin_file? string
---@field stdout_file? string
---@field timeout? string|number   of the whole; default none. What runs over there may outlive it
---@field grace? string|number
---@field capture? boolean
---@field capture_limit? integer
---@field check? boolean        whether an exit code other than 0 raises; default true

---Runs a program over there. Its arguments arrive as they stand. Raises kind "connect" when the machine cannot be reached
---(ssh ended with 255), kind "io" when the program fails, with its last output as `detail`.
---
---```lua
---local release = ssh.run("deploy@app.example.com", { "cat", "/srv/app/REVISION" }, { timeout = "30s" }).out
---```
---@param target string         "app.example.com", "deploy@app.example.com", or a name of ssh's configuration
---@param argv (string|number)[]
---@param options? tide.SshRun
---@return tide.ShellResult result
function ssh.run(target, argv, options) end

---A function that stands where shell.run does, for the `through` of other modules.
---
---```lua
---systemd.restart("app.service", { through = ssh.through "deploy@app.example.com" })
---```
---@param target string
---@param host? tide.SshHost
---@return fun(argv: (string|number)[], options?: table): tide.ShellResult through
function ssh.through(target, host) end

---Copies a file of the project to the machine, with its times.
---@param target string
---@param path string
---@param remote string         from the home folder over there, or absolute
---@param options? tide.SshRun
function ssh.copy_to(target, path, remote, options) end

---Copies a file of the machine into the project.
---@param target string
---@param remote string
---@param path string
---@param options? tide.SshRun
function ssh.copy_from(target, remote, path, options) end

---The line that the shell over there is given for these arguments.
---@param argv (string|number)[]
---@return string
function ssh.command(argv) end

return ssh
