-- git, for runbooks that deploy by it. Each function is one command in the project's folder and raises when it fails.
local git = {}

local ENV = { "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", GIT_TERMINAL_PROMPT = "0" }

local function run(...)
  return (shell.run({ "git", ... }, { env = ENV }).out:gsub("%s+$", ""))
end

-- What is not committed, one line a file; "" when all is.
function git.changes() return run("status", "--porcelain") end

function git.branch() return run("rev-parse", "--abbrev-ref", "HEAD") end

-- The commit that a name stands for.
function git.commit(name) return run("rev-parse", "--verify", (name or "HEAD") .. "^{commit}") end

function git.remote_url(remote) return run("remote", "get-url", remote) end

-- The commit at the tip of a remote's branch, as the remote says now; nil when it has none.
function git.remote_commit(remote, branch)
  return run("ls-remote", "--heads", remote, "refs/heads/" .. branch):match("^(%x+)")
end

-- Whether `ancestor` is in the history of `name`: a push of it would not have to be forced.
function git.is_ancestor(ancestor, name)
  local result = shell.run({ "git", "merge-base", "--is-ancestor", ancestor, name or "HEAD" }, { check = false, env = ENV })
  return result.code == 0
end

-- Never forced.
function git.push(remote, branch, name)
  return run("push", remote, ("%s:refs/heads/%s"):format(name or "HEAD", branch))
end

return git
