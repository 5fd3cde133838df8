local check = require "check"
local prisma = require "tide.prisma"
local stand_ins = require "stand_ins"

local function folder(db, migrations)
  fs.mkdir "node_modules/.bin"
  fs.write("node_modules/.bin/prisma", "")
  for name, sql in pairs(migrations) do
    fs.mkdir("prisma/migrations/" .. name)
    if sql then fs.write("prisma/migrations/" .. name .. "/migration.sql", sql) end
  end
  if not db then return end
  local url = "SELECT format('postgres://postgres@127.0.0.1:%s/%s', inet_server_port(), current_database())"
  return { url = db:value(url) }
end

return {
  alone = {
    ["migrations stand in Prisma's order, which is that of bytes"] = function()
      folder(nil, { ["20251204_b"] = "SELECT 1", ["20251204175644_b"] = "SELECT 1", ["2024_a"] = false })
      local names = {}
      for i, each in ipairs(prisma.migrations "prisma/migrations") do names[i] = each.name .. (each.sql and "" or " is empty") end
      check.same(names, { "2024_a is empty", "20251204175644_b", "20251204_b" })
    end,

    ["a file is the same with other line ends"] = function()
      folder(nil, { ["1_a"] = "SELECT 1;\nSELECT 2;\n" })
      local migration = prisma.migrations("prisma/migrations")[1]
      check.equal(prisma.is_same_file(migration, sha256 "SELECT 1;\r\nSELECT 2;\r\n"), true)
      check.equal(prisma.is_same_file(migration, sha256 "SELECT 1;\nSELECT 3;\n"), false)
    end,

    ["version is Prisma's, and what is not installed is not downloaded"] = function()
      folder(nil, {})
      check.equal(prisma.version(), "5.22.0")
      check.equal(stand_ins.last_call(), "npx --no -- prisma --version")
      fs.remove "node_modules/.bin/prisma"
      check.contains(check.raises({ kind = "io" }, prisma.version).detail, "npx canceled due to missing packages")
    end,

    ["an option is no name, and lock_timeout needs a url"] = function()
      check.raises({ kind = "usage" }, prisma.resolve_applied, "--help")
      check.raises({ kind = "usage", message = "prisma.deploy: lock_timeout needs url" }, prisma.deploy, { lock_timeout = "5s" })
    end,
  },

  postgres = {
    ["deploy applies what is pending, and the history has it"] = function(db)
      local there = folder(db, { ["1_a"] = "CREATE TABLE a (n int);", ["2_b"] = "CREATE TABLE b (n int);" })
      check.same(prisma.history(db), {})
      check.equal(prisma.up_to_date(there), false)
      prisma.deploy { url = there.url, lock_timeout = "5s" }
      local history = prisma.history(db)
      check.equal(history["1_a"].state, "applied")
      check.equal(history["2_b"].marked, false)
      check.equal(history["2_b"].checksum, sha256 "CREATE TABLE b (n int);")
      check.equal(prisma.up_to_date(there), true)
    end,

    ["one that fails stays as failed until it is resolved"] = function(db)
      local there = folder(db, { ["1_a"] = "CREATE TABLE a (n int);", ["2_b"] = "CREATE TABLE a (n int);" })
      local failure = check.raises({ kind = "io", message = "prisma migrate deploy ended with 1, error P3018" }, prisma.deploy, there)
      check.contains(failure.detail, "already exists")
      check.equal(prisma.history(db)["2_b"].state, "failed")
      check.contains(check.raises({ kind = "io" }, prisma.deploy, there).message, "P3009")
      prisma.resolve_rolled_back("2_b", there)
      check.equal(prisma.history(db)["2_b"].state, "rolled_back")
      prisma.resolve_applied("2_b", there)
      check.equal(prisma.history(db)["2_b"].marked, true)
      check.equal(prisma.up_to_date(there), true)
    end,

    ["what is applied cannot be called rolled back, and not applied twice"] = function(db)
      local there = folder(db, { ["1_a"] = "SELECT 1;" })
      prisma.resolve_applied("1_a", there)
      check.contains(check.raises({ kind = "io" }, prisma.resolve_rolled_back, "1_a", there).message, "P3012")
      check.contains(check.raises({ kind = "io" }, prisma.resolve_applied, "1_a", there).message, "P3008")
    end,
  },
}
