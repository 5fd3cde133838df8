-- What a developer does with new migrations before anybody else sees them: danger check, a copy, up, down and up again,
-- drift, the drawing of the tables, a reader. On SQLite here, or on staging's PostgreSQL, from the same files.
local runbook = require "tide.runbook"
local tool = require "tool"

-- Where a killed run left it, the first digest was noted before anything was applied.
local function round_trip(run)
  run.before = run.before or schema.digest(run.db)
  run:migrate()
  local after = schema.digest(run.db)
  run:migrate_down()
  if not run.dry_run then run:check("down ends where up began", schema.digest(run.db) == run.before) end
  run:migrate()
  if not run.dry_run then run:check("up again is the same as up", schema.digest(run.db) == after) end
end

local function draw(run)
  local result = tool.run(run, { "erd", "--format", "mermaid" })
  if not result.recorded then fs.write(run.inputs.erd, result.out) end
end

return runbook {
  title = "Check the migrations that nobody has applied yet", budget = "15m",
  inputs = {
    erd = { default = "erd.mmd", description = "Where the tables are drawn" },
  },
  preflight = function(run)
    run:need(not run.protected, "this is no protected environment", "choose dev or staging with -e")
    tool.need(run)
    run:need_database {}
    run:need_that("a migration is pending, and nothing is wrong with the history", function()
      local status = run:migration_status()
      if #status.problems > 0 then return false, status.problems[1].message end
      return #status.pending > 0, "`tide new NAME` writes one"
    end)
  end,
  phases = {
    { "Look",
      { "Danger check (of PostgreSQL: on SQLite there is one writer anyway)", up = tool.lint,
        when = function(run) return run.db.engine == "postgres" end },
      { "Try them on a copy", up = function(run) tool.rehearse(run) end } },
    { "Apply",
      { "Up, down, and up again", up = round_trip, down = function(run) run:migrate_down() end,
        verify = function(run) return #run:migration_status().pending == 0, "migrations are pending" end },
      { "Nothing differs from what the history implies", up = tool.drift },
      { "Draw the tables", up = draw } },
    { "Review",
      { "Somebody else has read them", approve = "Right, in the right order, without cycles of foreign keys, with the indexes "
        .. "that queries need, and with a way back that loses nothing?" } },
  },
  success = {
    { "Nothing is pending", function(run) return #run:migration_status().pending == 0 end },
    { "The tables are drawn", function(run) return fs.exists(run.inputs.erd) end },
  },
}
