local check = require "check"
local stand_ins = require "stand_ins"
local supabase = require "tide.supabase"

local REF = "abcdefghijklmnopqrst"

local function project(db, more)
  local state = {
    projects = { { id = "zyxwvutsrqponmlkjihg", name = "other", region = "eu", status = "INACTIVE" },
      { id = REF, name = "shop", region = "eu-central-1", status = "ACTIVE_HEALTHY", database = { host = "db.example" } } },
    backups = { { inserted_at = "2026-01-01T00:00:00Z", status = "COMPLETED" } }, pitr = false,
  }
  if db then
    state.url = db:value("SELECT format('postgres://postgres@127.0.0.1:%s/%s', inet_server_port(), current_database())")
  end
  for name, value in pairs(more or {}) do state[name] = value end
  stand_ins.state("supabase", state)
  fs.mkdir "supabase/.temp"
  fs.write("supabase/.temp/project-ref", REF)
  fs.mkdir "supabase/migrations"
end

local function history(db)
  return db:value "SELECT string_agg(version, ' ' ORDER BY version) FROM supabase_migrations.schema_migrations"
end

return {
  alone = {
    ["version is what the CLI says"] = function()
      project()
      check.equal(supabase.version(), "2.20.3")
    end,

    ["a project is one that the token sees, and says whether the folder is linked with it"] = function()
      project()
      local found = supabase.project(REF)
      check.equal(found.status, "ACTIVE_HEALTHY")
      check.equal(found.linked, true)
      check.equal(found.host, "db.example")
      check.equal(supabase.project("zyxwvutsrqponmlkjihg").linked, false)
    end,

    ["a project that the token does not see is an error that says which it sees"] = function()
      project()
      check.contains(check.raises({ kind = "verify" }, supabase.project, "nothing").message, "it sees zyxwvutsrqponmlkjihg, " .. REF)
    end,

    ["without a login it says what to do"] = function()
      project(nil, { token = "another" })
      check.contains(check.raises({ kind = "io" }, supabase.projects).detail, "supabase login")
    end,

    ["a folder that is linked with nothing is an error"] = function()
      project()
      fs.remove("supabase/.temp", { recursive = true })
      check.contains(check.raises({ kind = "io" }, supabase.migrations).detail, "supabase link")
    end,

    ["backups are Supabase's own, and a restore needs point-in-time recovery"] = function()
      project()
      local found = supabase.backups(REF)
      check.equal(found.pitr, false)
      check.equal(found.backups[1].status, "COMPLETED")
      check.contains(check.raises({ kind = "io" }, supabase.restore, REF, 1700000000).detail, "PITR is not enabled")
      project(nil, { pitr = true })
      supabase.restore(REF, 1700000000)
      check.equal(stand_ins.last_call(), "supabase backups restore --project-ref " .. REF .. " --timestamp 1700000000")
    end,

    ["repair without versions is refused: the CLI would rewrite the whole history"] = function()
      check.raises({ kind = "usage" }, supabase.repair, {}, "reverted")
      check.raises({ kind = "usage" }, supabase.repair, { "1; DROP" }, "reverted")
      check.raises({ kind = "usage" }, supabase.repair, { "1" }, "done")
    end,

    ["a source that is not there is refused before anything is asked"] = function()
      check.contains(check.raises({ kind = "usage" }, supabase.logs, REF, "postgres_log").message, "did you mean 'postgres_logs'?")
    end,
  },

  postgres = {
    ["push applies what is pending, and a dry run names it"] = function(db)
      project(db)
      fs.write("supabase/migrations/20250101000000_first.sql", "CREATE TABLE first (id integer)")
      check.same(supabase.push { dry_run = true }, { "20250101000000_first.sql" })
      check.equal(db:value "SELECT to_regclass('first') IS NULL", true)
      check.same(supabase.push(), { "20250101000000_first.sql" })
      check.equal(history(db), "20250101000000")
      check.same(supabase.push(), {})
      check.equal(#db:value "SELECT statements FROM supabase_migrations.schema_migrations", 1)
    end,

    ["a file that fails leaves nothing, and raises with the CLI's words"] = function(db)
      project(db)
      fs.write("supabase/migrations/20250101000000_first.sql", "CREATE TABLE first (id integer); SELECT 1/0")
      check.contains(check.raises({ kind = "io" }, supabase.push).detail, "division by zero")
      check.equal(db:value "SELECT to_regclass('first') IS NULL", true)
    end,

    ["a version that only the remote history has makes push refuse, until it is repaired"] = function(db)
      project(db)
      fs.write("supabase/migrations/20250101000000_first.sql", "SELECT 1")
      fs.write("supabase/migrations/20250202000000_base.sql", "CREATE TABLE base (id integer)")
      supabase.push()
      fs.remove "supabase/migrations/20250101000000_first.sql"
      check.contains(check.raises({ kind = "io" }, supabase.push).detail, "Remote migration versions not found")
      local listed = supabase.migrations()
      check.equal(#listed, 2)
      check.same(listed[1], { version = "20250101000000", locally = false, remote = true })
      check.same(listed[2], { version = "20250202000000", locally = true, remote = true })
      supabase.repair({ "20250101000000" }, "reverted")
      check.equal(history(db), "20250202000000")
      check.same(supabase.push(), {})
      supabase.repair({ "20250202000000" }, "reverted")
      supabase.repair({ "20250202000000" }, "applied")
      check.equal(history(db), "20250202000000")
    end,
  },
}
