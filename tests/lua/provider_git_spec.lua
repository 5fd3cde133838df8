local check = require "check"
local git = require "tide.git"

local function sh(text) return shell.sh(text, { env = { GIT_CONFIG_NOSYSTEM = "1" } }) end

-- A repository in the project's folder, one commit on branch main, and a bare one called `away`.
local function repository()
  sh [[
    git init -q -b main . && git config user.name Ann && git config user.email ann@example.test
    git add -A && git commit -q -m one && git init -q --bare -b main away.git && echo away.git >> .git/info/exclude
    git remote add away ./away.git
  ]]
end

return {
  alone = {
    ["what is not committed is told, one line a file"] = function()
      repository()
      check.equal(git.changes(), "")
      fs.write("new.txt", "x")
      check.equal(git.changes(), "?? new.txt")
    end,

    ["branch, commit and the URL of a remote"] = function()
      repository()
      check.equal(git.branch(), "main")
      check.equal(#git.commit(), 40)
      check.equal(git.commit "main", git.commit())
      check.equal(git.remote_url "away", "./away.git")
    end,

    ["a push arrives, and the remote says so"] = function()
      repository()
      check.equal(git.remote_commit("away", "main"), nil)
      git.push("away", "main")
      check.equal(git.remote_commit("away", "main"), git.commit())
    end,

    ["a push that would have to be forced is refused"] = function()
      repository()
      sh "git commit -q --allow-empty -m two && git push -q away main && git reset -q --hard HEAD~1 && git commit -q --allow-empty -m other"
      local tip = git.remote_commit("away", "main")
      check.equal(git.is_ancestor(tip), false)
      check.raises({ kind = "io" }, git.push, "away", "main")
      check.equal(git.remote_commit("away", "main"), tip)
    end,

    ["what is in the history is an ancestor"] = function()
      repository()
      local first = git.commit()
      sh "git commit -q --allow-empty -m two"
      check.equal(git.is_ancestor(first), true)
      check.equal(git.is_ancestor(git.commit(), first), false)
    end,

    ["a name that stands for nothing is an error"] = function()
      repository()
      check.raises({ kind = "io" }, git.commit, "nothing")
    end,
  },
}
