local check = require "check"
local compose = require "tide.docker_compose"
local stand_ins = require "stand_ins"

local function services(more)
  local state = { services = {
    db = { state = "running", health = "healthy" }, web = { state = "running", logs = { "one", "two", "three" } },
  } }
  for name, value in pairs(more or {}) do state[name] = value end
  stand_ins.state("docker", state)
end

return {
  alone = {
    ["ps reads a document a line, and the list that it was before 2.21"] = function()
      for _, list in ipairs { false, true } do
        services { list = list }
        local containers = compose.ps "db"
        check.equal(#containers, 1)
        check.equal(containers[1].service, "db")
        check.equal(containers[1].health, "healthy")
        check.equal(#compose.ps(), 2)
        check.equal(compose.ps("web")[1].health, nil)
      end
    end,

    ["the project's files and name go before the command"] = function()
      services()
      compose.ps(nil, { file = { "a.yml", "b.yml" }, project = "shop" })
      check.equal(stand_ins.last_call(), "docker compose --file a.yml --file b.yml --project-name shop ps --all --format json")
    end,

    ["running is every container, and healthy where it has a check"] = function()
      services()
      check.equal(compose.running(), true)
      services { services = { db = { state = "running", health = "starting" } } }
      local up, seen = compose.running "db"
      check.equal(up, false)
      check.equal(seen, "db is running and starting")
    end,

    ["up waits, and scales"] = function()
      services()
      compose.up("web", { within = "90s", build = true, scale = { web = 0 } })
      check.equal(stand_ins.last_call(), "docker compose up --detach --wait --wait-timeout 90 --build --scale web=0 web")
      check.equal(#compose.ps "web", 0)
      local up, seen = compose.running "web"
      check.equal(up, false)
      check.equal(seen, "web has no container")
    end,

    ["stop, start and restart do so, and look"] = function()
      services()
      compose.stop({ "web" }, { grace = "5s" })
      check.equal(compose.running "web", false)
      check.equal(compose.running "db", true)
      compose.start "web"
      compose.restart()
      check.equal(compose.running(), true)
    end,

    ["a container that ends at once is a failed restart"] = function()
      services { services = { web = { state = "running", starts_as = "exited" } } }
      check.raises({ kind = "verify", message = "docker compose restart: web is exited" }, compose.restart, "web")
    end,

    ["what docker refuses is raised with its words"] = function()
      services { broken = true }
      check.contains(check.raises({ kind = "io" }, compose.check).detail, "DB_PASSWORD is missing")
      check.contains(check.raises({ kind = "io" }, compose.start, "nothing").detail, "no such service: nothing")
    end,

    ["exec runs a program in a service, with what it reads"] = function()
      services()
      check.equal(compose.exec("db", { "cat", "-" }, { stdin = "text", user = "postgres" }).out, "text")
      check.equal(stand_ins.last_call(), "docker compose exec -T --user postgres db cat -")
      check.equal(compose.exec("db", { "false" }, { check = false }).code, 1)
    end,

    ["logs are the last lines, and an option is no service"] = function()
      services()
      check.same(compose.logs("web", { lines = 2 }), { "two", "three" })
      check.raises({ kind = "usage" }, compose.stop, "--all")
    end,
  },
}
