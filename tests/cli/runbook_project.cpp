#include "cli/runbook_project.h"

namespace tide::test {
namespace {

constexpr const char* kStrike = R"lua(
return function(point)
  if not fs.exists "strike" then return end
  local wanted, how = fs.read("strike"):match "^([%w.]+)(!?)"
  if wanted ~= point then return end
  fs.remove "strike"
  if how == "!" then error("struck at " .. point) end
  shell.sh "kill -9 $PPID"
end
)lua";

constexpr const char* kRunbook = R"lua(
local runbook = require "tide.runbook"
local strike = require "strike"

-- Steps that are struck where the file says.
local function struck(number, step)
  local up, verify = step.up, step.verify
  step.when = function() strike(number .. ".when") return true end
  step.up = function(run)
    strike(number .. ".begin")
    up(run)
    strike(number .. ".end")
  end
  step.verify = function(run)
    strike(number .. ".verify")
    return verify(run)
  end
  return step
end

local function adds(number)
  return struck(number, {
    "Add row " .. number,
    up = function(run)
      run.db:transaction(function()
        run.db:execute("INSERT INTO effects (step) VALUES ($1)", number)
        strike(number .. ".mid")
      end)
      run["row_" .. number] = { added = number }
    end,
    down = function(run) run.db:execute("DELETE FROM effects WHERE step = $1", number) end,
    verify = function(run) return run.db:value("SELECT count(*) FROM effects WHERE step = $1", number) == 1 end,
  })
end

return runbook {
  title = "Count effects",
  phases = {
    { "Prepare",
      struck(1, { "Maintenance on", always_down = true,
        up = function() fs.write("maintenance", "on") strike "1.mid" end,
        down = function() if fs.exists "maintenance" then fs.remove "maintenance" end end,
        verify = function() return fs.exists "maintenance" end }),
      struck(2, { "Make the table",
        up = function(run) run.db:execute "CREATE TABLE IF NOT EXISTS effects (step integer)" strike "2.mid" end,
        down = function(run) run.db:execute "DROP TABLE IF EXISTS effects" end,
        verify = function(run) run.expect.table "effects" end }),
    },
    { "Work",
      adds(3),
      struck(4, { "Migrate", up = function(run) run:migrate { count = 1 } strike "4.mid" run:migrate() end,
        down = function(run) run:migrate_down() end,
        verify = function(run) run.expect.table "b" return #run:migration_status().pending == 0 end }),
      adds(5),
      struck(6, { "Look", up = function(run) strike "6.mid" run:check("row 5 is kept", run.row_5.added == 5) end,
        verify = function() return true end }),
    },
  },
  success = { { "two rows", function(run) return run.db:value "SELECT count(*) FROM effects" == 2 end } },
}
)lua";

}  // namespace

RunbookProject::RunbookProject(Engine engine) : project_(engine) {
  project_.write("lib/strike.lua", kStrike);
  project_.write("scripts/count.lua", kRunbook);
  project_.write("migrations/1_a.lua", creates("a"));
  project_.write("migrations/2_b.lua", creates("b"));
}

Outcome RunbookProject::run(Args more) const {
  more.insert(more.begin(), {"run", "count"});
  return project_.tide(more);
}

void RunbookProject::clear() {
  project_.tide({"down", "--to", "0"});
  project_.write("scripts/clear.lua",
                 "db:execute 'DROP TABLE IF EXISTS effects' "
                 "for _, name in ipairs { 'maintenance', 'strike' } do if fs.exists(name) then fs.remove(name) end end "
                 "if fs.exists '.tide/runs' then fs.remove('.tide/runs', { recursive = true }) end");
  EXPECT_TRUE(exits(project_.tide({"run", "clear"}), 0));
}

void RunbookProject::expect_done() const {
  EXPECT_EQ(project_.value("SELECT count(*) FROM effects"), "2");
  EXPECT_EQ(project_.value("SELECT count(DISTINCT step) FROM effects"), "2");
  EXPECT_EQ(project_.tables(), "a b effects");
  EXPECT_EQ(project_.applied(), "1 2");
  EXPECT_FALSE(project_.has("maintenance"));
}

void RunbookProject::expect_untouched() const {
  EXPECT_EQ(project_.tables(), "");
  EXPECT_EQ(project_.applied(), "");
  EXPECT_FALSE(project_.has("maintenance"));
}

std::vector<std::string> RunbookProject::points(const std::vector<std::string>& kinds) {
  std::vector<std::string> points;
  for (int step = 1; step <= kSteps; ++step) {
    for (const std::string& kind : kinds) points.push_back(std::to_string(step) + "." + kind);
  }
  return points;
}

}  // namespace tide::test
