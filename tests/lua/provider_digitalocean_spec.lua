local check = require "check"
local digitalocean = require "tide.digitalocean"
local stand_ins = require "stand_ins"

local APP = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

local function app(more)
  local one = {
    spec = { name = "api", services = { { name = "web", instance_count = 2 } }, workers = { { name = "queue" } } },
    deployments = { { id = "dep-1", phase = "ACTIVE" } }, logs = { "one", "two", "three" },
  }
  for name, value in pairs(more or {}) do one[name] = value end
  stand_ins.state("doctl", { account = "ann@app.test", apps = { [APP] = one } })
end

return {
  alone = {
    ["account and app are what doctl sees"] = function()
      app()
      check.equal(digitalocean.account(), "ann@app.test")
      check.equal(digitalocean.app(APP).spec.name, "api")
    end,

    ["an app that is not there is an error with doctl's words"] = function()
      app()
      check.contains(check.raises({ kind = "io" }, digitalocean.app, "abc-1").detail, "404")
    end,

    ["a name is no id"] = function()
      check.raises({ kind = "usage", message = "digitalocean.deploy takes the id of an app, as `doctl apps list` prints it" },
        digitalocean.deploy, "--wait")
    end,

    ["deploy waits, and the newest deployment is the one that runs"] = function()
      app()
      digitalocean.deploy(APP)
      check.contains(stand_ins.calls()[1], "apps create-deployment " .. APP .. " --wait")
      check.equal(digitalocean.deployments(APP)[1].id, "dep-2")
    end,

    ["a deployment that comes to nothing is a failure, although doctl ends with 0"] = function()
      app { next_phase = "ERROR" }
      check.raises({ kind = "verify", message = "doctl apps restart: deployment dep-2 is ERROR" }, digitalocean.restart, APP)
    end,

    ["restart takes components"] = function()
      app()
      digitalocean.restart(APP, { components = { "web", "queue" } })
      check.contains(stand_ins.calls()[1], "--components web,queue")
    end,

    ["instances are those of services and workers"] = function()
      app()
      check.same(digitalocean.instances(digitalocean.spec(APP)), { web = 2, queue = 1 })
    end,

    ["archive stops everything, once, and unarchive starts it as it was"] = function()
      app()
      digitalocean.archive(APP)
      digitalocean.archive(APP)
      local spec = digitalocean.spec(APP)
      check.equal(digitalocean.is_archived(spec), true)
      check.equal(#digitalocean.deployments(APP), 2)
      digitalocean.unarchive(APP)
      spec = digitalocean.spec(APP)
      check.equal(digitalocean.is_archived(spec), false)
      check.equal(digitalocean.in_maintenance(spec), false)
      check.equal(digitalocean.instances(spec).web, 2)
    end,

    ["maintenance mode leaves the components running"] = function()
      app()
      digitalocean.maintenance_on(APP)
      check.equal(digitalocean.in_maintenance(digitalocean.spec(APP)), true)
      check.equal(digitalocean.is_archived(digitalocean.spec(APP)), false)
      digitalocean.maintenance_off(APP)
      check.equal(digitalocean.in_maintenance(digitalocean.spec(APP)), false)
    end,

    ["a spec that App Platform refuses is an error"] = function()
      app()
      local spec = digitalocean.spec(APP)
      spec.services[1].instance_count = 0
      check.contains(check.raises({ kind = "io" }, digitalocean.update, APP, spec).detail, "must be at least 1")
    end,

    ["logs are the last lines"] = function()
      app()
      check.same(digitalocean.logs(APP, { lines = 2 }), { "two", "three" })
    end,
  },
}
