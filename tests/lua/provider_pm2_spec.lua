local check = require "check"
local pm2 = require "tide.pm2"
local stand_ins = require "stand_ins"

local function running()
  stand_ins.state("pm2", {
    { name = "api", status = "online", restarts = 3, logs = { "one", "two", "three" } }, { name = "api", status = "online" },
    { name = "bad", status = "online", starts_as = "errored" },
  })
end

return {
  alone = {
    ["list reads jlist past the lines that pm2 prints before it"] = function()
      running()
      local processes = pm2.list()
      check.equal(#processes, 3)
      check.equal(processes[1].name, "api")
      check.equal(processes[1].restarts, 3)
      check.equal(processes[1].pid, 5000)
    end,

    ["online is all processes of an application"] = function()
      running()
      check.equal(pm2.online "api", true)
      pm2.stop "api"
      local online, seen = pm2.online "api"
      check.equal(online, false)
      check.equal(seen, "api 0: stopped, api 1: stopped")
    end,

    ["an application that pm2 does not know is not online"] = function()
      running()
      local online, seen = pm2.online "nothing"
      check.equal(online, false)
      check.equal(seen, "pm2 has no process called nothing")
    end,

    ["restart takes the variables along only when asked"] = function()
      running()
      pm2.restart "api"
      check.equal(stand_ins.calls()[1], "pm2 restart api")
      pm2.reload("api", { update_env = true })
      check.equal(stand_ins.calls()[3], "pm2 reload api --update-env")
    end,

    ["an application that falls over at once is a failed restart, although pm2 ends with 0"] = function()
      running()
      check.raises({ kind = "verify", message = "pm2 restart bad: bad 2: errored" }, pm2.restart, "bad")
    end,

    ["what pm2 refuses is raised with its words"] = function()
      running()
      check.contains(check.raises({ kind = "io" }, pm2.restart, "nothing").detail, "nothing not found")
    end,

    ["logs are the last lines"] = function()
      running()
      check.same(pm2.logs("api", { lines = 2 }), { "two", "three" })
    end,

    ["save keeps the list, and an option is no name"] = function()
      pm2.save()
      check.equal(stand_ins.last_call(), "pm2 save")
      check.raises({ kind = "usage" }, pm2.stop, "--all")
    end,
  },
}
