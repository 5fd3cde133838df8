---@meta tide.git

---git, in the project's folder. Each function raises kind "io" when git fails, and asks nobody for a password.
---@class tide.git
local git = {}

---What is not committed, one line a file, as `git status --porcelain` says it; "" when all is.
---@return string
function git.changes() end

---@return string name   of the branch that is checked out; "HEAD" when none is
function git.branch() end

---@param name? string   default "HEAD"
---@return string commit   40 hex digits
function git.commit(name) end

---@param remote string
---@return string url
function git.remote_url(remote) end

---What the remote itself says now.
---@param remote string
---@param branch string
---@return string|nil commit   nil when it has no such branch
function git.remote_commit(remote, branch) end

---Whether a push of `name` over `ancestor` would lose nothing.
---@param ancestor string
---@param name? string   default "HEAD"
---@return boolean
function git.is_ancestor(ancestor, name) end

---Pushes, never by force.
---
---```lua
---local git = require "tide.git"
---git.push("heroku", "main")
---```
---@param remote string
---@param branch string
---@param name? string   default "HEAD"
---@return string output
function git.push(remote, branch, name) end

return git
