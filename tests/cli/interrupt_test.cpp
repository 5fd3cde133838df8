#include <signal.h>

#include <chrono>
#include <memory>

#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kLongQuery =
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500000000) SELECT max(i) FROM c";

class InterruptTest : public OnEngine {
 protected:
  // An `up` that has applied `one` and is inside the migration `two`, whose body this Lua is.
  std::unique_ptr<Process> inside(const std::string& body) {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua",
                  lua_migration("db:execute 'CREATE TABLE two (n integer)'\nlog.info 'now inside'\n" + body));
    Command command = project.command({"up"});
    command.timeout = std::chrono::seconds(15);
    auto process = std::make_unique<Process>(command);
    EXPECT_TRUE(process->wait_for("now inside"));
    return process;
  }
  void expect_clean() {
    EXPECT_EQ(project.tables(), "one");
    EXPECT_EQ(project.applied(), "20250101000001");
    project.write("migrations/20250101000002_two.lua", creates("two"));
    Command again = project.command({"up", "--lock-timeout", "5s"});
    again.timeout = std::chrono::seconds(15);
    EXPECT_TRUE(exits(run(again), 0));
    EXPECT_EQ(project.tables(), "one two");
  }
};
TIDE_ON_BOTH_ENGINES(InterruptTest);

TEST_P(InterruptTest, CtrlCCancelsTheStatementRollsBackAndSaysWhatStayed) {
  const auto process = inside(std::string("db:value [[") + kLongQuery + "]]");
  process->signal(SIGINT);
  const Outcome outcome = process->wait();
  EXPECT_TRUE(exits(outcome, 130));
  EXPECT_TRUE(contains(outcome.err, "20250101000002"));
  EXPECT_TRUE(contains(outcome.err, "rolled back"));
  expect_clean();
}

TEST_P(InterruptTest, SigtermDoesTheSame) {
  const auto process = inside(std::string("db:value [[") + kLongQuery + "]]");
  process->signal(SIGTERM);
  EXPECT_TRUE(exits(process->wait(), 130));
  expect_clean();
}

TEST_P(InterruptTest, CtrlCStopsALoopThatNeverAsksTheDatabase) {
  const auto process = inside("local n = 0\nwhile true do n = n + 1 end");
  process->signal(SIGINT);
  EXPECT_TRUE(exits(process->wait(), 130));
  expect_clean();
}

TEST_P(InterruptTest, CtrlCCannotBeCaughtByTheScript) {
  const auto process = inside(
      "repeat until pcall(function() while true do end end)\nrepeat pcall(function() while true do end end) until "
      "false");
  process->signal(SIGINT);
  EXPECT_TRUE(exits(process->wait(), 130));
  expect_clean();
}

TEST_P(InterruptTest, AKilledProcessLeavesNothingAndTheNextUpGoesOn) {
  const auto process = inside("while true do end");
  process->signal(SIGKILL);
  EXPECT_EQ(process->wait().signal, SIGKILL);
  expect_clean();
}

TEST_P(InterruptTest, AKilledMigrationWithoutTransactionIsTakenOnByTheNextUp) {
  project.write("migrations/20250101000001_one.lua",
                "return { transaction = false, up = function(db)\n"
                "db:execute 'CREATE TABLE IF NOT EXISTS one (n integer)'\n"
                "log.info 'now inside'\nif db:value 'SELECT count(*) FROM one' == 0 then while true do end end\nend }");
  Process process(project.command({"up"}));
  ASSERT_TRUE(process.wait_for("now inside"));
  process.signal(SIGKILL);
  process.wait();
  EXPECT_TRUE(contains(project.tide({"status"}).out, "interrupted"));
  project.value("INSERT INTO one VALUES (1) RETURNING n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "20250101000001");
}

}  // namespace
}  // namespace tide::test
