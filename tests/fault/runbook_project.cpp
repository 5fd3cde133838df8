#include "fault/runbook_project.h"

#include <filesystem>

namespace tide::test {
namespace {

constexpr const char* kRunbook = R"lua(
local runbook = require "tide.runbook"
local strike = require "strike"

-- A row more, and ten more on the account that was there before: both or neither.
local function adds(number, point)
  return {
    "Add row " .. number,
    up = function(run)
      run.db:transaction(function()
        run.db:execute("INSERT INTO effects (step) VALUES ($1)", number)
        run.db:execute "UPDATE accounts SET balance = balance + 10 WHERE id = 1"
        strike(point)
      end)
      run["row_" .. number] = { added = number }
    end,
    down = function(run)
      run.db:transaction(function()
        if run.db:execute("DELETE FROM effects WHERE step = $1", number) > 0 then
          run.db:execute "UPDATE accounts SET balance = balance - 10 WHERE id = 1"
        end
      end)
    end,
    verify = function(run) return run.db:value("SELECT count(*) FROM effects WHERE step = $1", number) == 1 end,
  }
end

local function has_note(db)
  local accounts = schema.snapshot(db).tables
  accounts = accounts.accounts or accounts["public.accounts"]
  return accounts.columns.note ~= nil
end

return runbook {
  title = "Count effects",
  phases = {
    { "Prepare",
      { "Maintenance on", always_down = true,
        up = function() fs.write("maintenance", "on") strike "1.1 mid" end,
        down = function() if fs.exists "maintenance" then fs.remove "maintenance" end end,
        verify = function() return fs.exists "maintenance" end },
      { "Make the table",
        up = function(run)
          run.db:execute "CREATE TABLE IF NOT EXISTS effects (step integer)"
          strike "1.2 mid"
          if not has_note(run.db) then run.db:execute "ALTER TABLE accounts ADD COLUMN note text" end
        end,
        down = function(run)
          run.db:execute "DROP TABLE IF EXISTS effects"
          if has_note(run.db) then run.db:execute "ALTER TABLE accounts DROP COLUMN note" end
        end,
        verify = function(run) run.expect.table "effects" return has_note(run.db) end },
    },
    { "Work",
      adds(3, "2.1 mid"),
      { "Migrate", up = function(run) run:migrate { count = 1 } strike "2.2 mid" run:migrate() end,
        down = function(run) run:migrate_down() end,
        verify = function(run) run.expect.table "b" return #run:migration_status().pending == 0 end },
      adds(5, "2.3 mid"),
      { "Look", up = function(run) strike "2.4 mid" run:check("row 5 is kept", run.row_5.added == 5) end,
        verify = function() return true end },
    },
  },
  success = { { "two rows", function(run) return run.db:value "SELECT count(*) FROM effects" == 2 end } },
}
)lua";

// The whole schema, every row, and what is applied, as one text.
constexpr const char* kFingerprint = R"lua(
local found = { schema.digest(db) }
local on_postgres = db.engine == "postgres"
for name in pairs(schema.snapshot(db).tables) do
  found[#found + 1] = name .. ": " .. json.encode(db:query("SELECT * FROM " .. (on_postgres and name or db:ident(name)) .. " ORDER BY 1"))
end
table.sort(found)
local history = on_postgres and "tide.migrations" or "tide_migrations"
local is_there = on_postgres and "SELECT to_regclass('tide.migrations') IS NOT NULL"
  or "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'tide_migrations'"
local there = db:value(is_there)
local applied = (there == true or there == 1) and db:query("SELECT version FROM " .. history) or {}
if #applied > 0 then found[#found + 1] = json.encode(applied) end
return table.concat(found, "\n")
)lua";

// What was there before: tables that belong together, with rows, an index and a view.
constexpr const char* kSeed =
    "CREATE TABLE accounts (id integer PRIMARY KEY, name text NOT NULL UNIQUE, balance integer NOT NULL CHECK (balance "
    ">= "
    "0));"
    "CREATE TABLE payments (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts (id), amount "
    "integer);"
    "CREATE INDEX payments_account ON payments (account_id);"
    "CREATE VIEW totals AS SELECT account_id, sum(amount) AS total FROM payments GROUP BY account_id;"
    "INSERT INTO accounts VALUES (1, 'Ada', 100), (2, 'Ben', 50), (3, 'Cleo', 0);"
    "INSERT INTO payments VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5);";

}  // namespace

RunbookProject::RunbookProject(Engine engine) : project_(engine) {
  project_.write("scripts/count.lua", kRunbook);
  make_struck(project_, "count");
  project_.write("scripts/fingerprint.lua", kFingerprint);
  project_.write("scripts/seed.lua", std::string("db:script [[") + kSeed + "]]");
  project_.write("migrations/1_a.lua", creates("a"));
  project_.write("migrations/2_b.lua", creates("b"));
  if (!project_.on_postgres()) {
    EXPECT_TRUE(exits(project_.tide({"run", "seed"}), 0));
    std::filesystem::copy_file(project_.path("dev.db"), project_.path("seed.db"));
  }
  clear();
  untouched_ = fingerprint();
}

std::string RunbookProject::fingerprint() const {
  const Outcome outcome = project_.tide({"run", "fingerprint"});
  EXPECT_TRUE(exits(outcome, 0));
  return outcome.out;
}

Outcome RunbookProject::run(Args more) {
  is_untouched_ = false;
  more.insert(more.begin(), {"run", "count"});
  return project_.tide(more);
}

void RunbookProject::clear() {
  for (const char* name : {"maintenance", "strike", ".tide"}) project_.remove(name);
  if (is_untouched_) return;
  if (project_.on_postgres()) {
    project_.value(
        std::string("DROP SCHEMA IF EXISTS tide CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;") + kSeed);
  } else {
    for (const char* name : {"dev.db", "dev.db-wal", "dev.db-shm"}) project_.remove(name);
    std::filesystem::copy_file(project_.path("seed.db"), project_.path("dev.db"));
  }
}

void RunbookProject::expect_done() {
  const std::string found = fingerprint();
  EXPECT_FALSE(project_.has("maintenance"));
  if (done_.empty()) {
    done_ = found;
    EXPECT_TRUE(contains(found, R"([{"version":"1"},{"version":"2"}])"));
    EXPECT_TRUE(contains(found, R"("balance":120)"));
    EXPECT_TRUE(contains(found, R"(effects: [{"step":3},{"step":5}])"));
  }
  EXPECT_EQ(found, done_);
}

void RunbookProject::expect_untouched() {
  const std::string found = fingerprint();
  EXPECT_EQ(found, untouched_);
  EXPECT_FALSE(project_.has("maintenance"));
  is_untouched_ = found == untouched_;
}

std::vector<std::string> RunbookProject::points(const std::vector<std::string>& kinds) {
  std::vector<std::string> points;
  for (const char* step : {"1.1 ", "1.2 ", "2.1 ", "2.2 ", "2.3 ", "2.4 "}) {
    for (const std::string& kind : kinds) points.push_back(step + kind);
  }
  return points;
}

}  // namespace tide::test
