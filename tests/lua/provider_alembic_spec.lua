local alembic = require "tide.alembic"
local check = require "check"
local stand_ins = require "stand_ins"

local function project(more)
  local state = { current = { "ae10" }, heads = { "cf30" }, history = { "ae10", "be20", "cf30" } }
  for name, value in pairs(more or {}) do state[name] = value end
  stand_ins.state("alembic", state)
end

return {
  alone = {
    ["current and heads are lists of revisions"] = function()
      project { current = { "cf30", "be20" } }
      check.same(alembic.current(), { "be20", "cf30" })
      check.same(alembic.heads(), { "cf30" })
      project { current = {} }
      check.same(alembic.current(), {})
    end,

    ["upgrade, downgrade and stamp go to a revision"] = function()
      project()
      alembic.upgrade "head"
      check.same(alembic.current(), { "cf30" })
      alembic.downgrade "-1"
      check.same(alembic.current(), { "be20" })
      alembic.stamp("ae10", { config = "other.ini" })
      check.equal(stand_ins.last_call(), "alembic --config other.ini stamp ae10")
    end,

    ["a revision that is not there is an error with Alembic's words"] = function()
      project()
      check.contains(check.raises({ kind = "io" }, alembic.upgrade, "dd40").detail, "Can't locate revision")
    end,

    ["an option is no revision"] = function()
      check.raises({ kind = "usage", message = "alembic.upgrade takes a revision, such as \"head\" or \"ae1027a6acf\"" },
        alembic.upgrade, "--sql")
    end,

    ["sql is what an upgrade would send"] = function()
      project()
      check.contains(alembic.sql "head", "CREATE TABLE t")
      check.same(alembic.current(), { "ae10" })
    end,

    ["models that no migration makes are an error"] = function()
      project { differs = "add_table 'odd'" }
      check.contains(check.raises({ kind = "io" }, alembic.check).detail, "New upgrade operations detected")
      project()
      alembic.check()
    end,
  },
}
