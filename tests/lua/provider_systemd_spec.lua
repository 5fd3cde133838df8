local check = require "check"
local ssh = require "tide.ssh"
local stand_ins = require "stand_ins"
local systemd = require "tide.systemd"

local function units(more)
  local all = { ["app.service"] = { active = "active", sub = "running", restarts = 2 } }
  for name, unit in pairs(more or {}) do all[name] = unit end
  stand_ins.state("systemctl", all)
end

return {
  alone = {
    ["show says what a unit does"] = function()
      units()
      local state = systemd.show "app"
      check.equal(state.unit, "app.service")
      check.equal(state.active, "active")
      check.equal(state.restarts, 2)
      check.equal(state.pid, 4711)
    end,

    ["a unit that systemd does not have is an error, not inactive"] = function()
      units()
      check.raises({ kind = "io", message = "systemd has no unit nothing: its LoadState is not-found" }, systemd.active,
        "nothing")
    end,

    ["stop and start do so, and look"] = function()
      units()
      check.equal(systemd.stop("app").active, "inactive")
      check.equal(systemd.active "app", false)
      check.equal(systemd.start("app").sub, "running")
      check.equal(systemd.active "app", true)
    end,

    ["a service that falls over at once is a failed restart, although systemctl says nothing"] = function()
      units { ["bad.service"] = { active = "active", sub = "running", starts_as = "failed" } }
      check.raises({ kind = "verify",
        message = "systemctl restart bad: it is failed (failed) afterwards, its result is exit-code" }, systemd.restart, "bad")
    end,

    ["what systemctl refuses is raised with its words"] = function()
      units()
      check.contains(check.raises({ kind = "io" }, systemd.restart, "nothing").detail, "Unit nothing.service not found")
    end,

    ["services of the user are asked for with --user"] = function()
      units()
      systemd.daemon_reload { user = true }
      check.equal(stand_ins.last_call(), "systemctl --user --no-ask-password daemon-reload")
    end,

    ["logs are the last lines of the journal"] = function()
      stand_ins.state("journalctl", { ["app.service"] = { "one", "two", "three" } })
      check.same(systemd.logs("app.service", { lines = 2, since = "1 hour ago" }), { "two", "three" })
    end,

    ["through ssh it is the machine over there"] = function()
      check.raises({ kind = "connect" }, systemd.restart, "app", { through = ssh.through "gone" })
    end,

    ["an option in place of a unit is refused"] = function()
      check.raises({ kind = "usage" }, systemd.stop, "--all")
      check.contains(check.raises({ kind = "usage" }, systemd.stop, "app", { usr = true }).message, "did you mean 'user'?")
    end,
  },
}
