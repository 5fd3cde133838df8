local check = require "check"
local ssh = require "tide.ssh"
local stand_ins = require "stand_ins"

return {
  alone = {
    ["arguments arrive over there as they stand"] = function()
      local result = ssh.run("deploy@app", { "printf", "%s|", "a b", "$HOME", "it's", "", "*", "x;y", 5 })
      check.equal(result.out, "a b|$HOME|it's||*|x;y|5|")
    end,

    ["nobody is asked, and the machine's options are ssh's"] = function()
      ssh.run("app", { "true" }, { port = 2222, identity = "id", jump = "me@bastion", config = "c", connect_timeout = "1500ms" })
      check.equal(stand_ins.last_call(),
        "ssh -o BatchMode=yes -o ConnectTimeout=2 -F c -p 2222 -i id -J me@bastion -- app true")
    end,

    ["cwd is a folder over there"] = function()
      ssh.run("app", { "mkdir", "a folder" })
      check.contains(ssh.run("app", { "pwd" }, { cwd = "a folder" }).out, "/a folder\n")
    end,

    ["a program that fails over there says where, its code and its last words"] = function()
      local failure = check.raises({ kind = "io", message = "on app: `sh -c 'echo no >&2; exit 3'` exited with code 3" },
        ssh.run, "app", { "sh", "-c", "echo no >&2; exit 3" })
      check.contains(failure.detail, "no")
      check.equal(ssh.run("app", { "sh", "-c", "exit 3" }, { check = false }).code, 3)
    end,

    ["a machine that cannot be reached is kind connect, also with check = false"] = function()
      check.raises({ kind = "connect", message = "ssh to gone: ssh: connect to host gone port 22: Connection refused" },
        ssh.run, "gone", { "true" }, { check = false })
    end,

    ["a target that is an option is refused"] = function()
      check.raises({ kind = "usage" }, ssh.run, "-oProxyCommand=sh", { "true" })
      check.raises({ kind = "usage" }, ssh.copy_to, "a b", "x", "y")
    end,

    ["variables are refused: a server takes none"] = function()
      check.contains(check.raises({ kind = "usage" }, ssh.run, "app", { "true" }, { env = {} }).message, "no option 'env'")
    end,

    ["files go there and come back"] = function()
      fs.write("here.txt", "text")
      ssh.copy_to("app", "here.txt", "there.txt", { port = 22 })
      check.equal(stand_ins.last_call(), "scp -o BatchMode=yes -o ConnectTimeout=10 -P 22 -p -- here.txt app:there.txt")
      ssh.copy_from("app", "there.txt", "back.txt")
      check.equal(fs.read "back.txt", "text")
      check.raises({ kind = "connect" }, ssh.copy_from, "gone", "there.txt", "back.txt")
    end,
  },
}
