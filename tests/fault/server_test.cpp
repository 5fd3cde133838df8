// The lie: nothing is wrong with `tide`; the server ends its sessions (an administrator's pg_terminate_backend) or is
// restarted, while a statement runs, between two statements, between two migrations and during COMMIT. A deferred
// trigger that sleeps makes COMMIT last long enough to be met.

#include <chrono>

#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

const char* const kSlowCommit =
    "CREATE TABLE slow (n integer);"
    "CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$;"
    "CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
    "doze()";

class ServerTest : public testing::Test {
 protected:
  // An `up` of one (done), two (whose body this Lua is) and three.
  Command up_with(const std::string& body) {
    project.write("migrations/0001_one.lua", creates("one"));
    project.write("migrations/0002_two.lua", lua_migration("db:execute 'CREATE TABLE two (n integer)'\n" + body));
    project.write("migrations/0003_three.lua", creates("three"));
    return project.command({"up"});
  }
  // Until the server shows a session of this database that runs this text.
  void wait_until_running(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (
        project.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
                      "AND pid <> pg_backend_pid() AND query LIKE '%" +
                      text + "%'") == "0") {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << text;
    }
  }
  void expect_nothing_of_two(const Outcome& outcome) {
    EXPECT_TRUE(exits(outcome, 3));
    EXPECT_TRUE(contains(outcome.err, "not committed"));
    EXPECT_EQ(project.tables(), tables_before);
    EXPECT_EQ(project.applied(), "0001");
  }
  void expect_the_next_run_finishes() {
    project.write("migrations/0002_two.lua", creates("two"));
    EXPECT_TRUE(exits(project.tide({"up", "--lock-timeout", "5s"}), 0));
    EXPECT_EQ(project.applied(), "0001 0002 0003");
  }

  Project project{Engine::kPostgres};
  std::string tables_before = "one";
};

// `finish` ends a session, and returns when it has ended.
const char* const kOther =
    "local other = db:connect 'dev'\n"
    "local function finish(process)\n"
    "  other:value('SELECT pg_terminate_backend($1)', process)\n"
    "  repeat until other:value('SELECT count(*) FROM pg_stat_activity WHERE pid = $1', process) == 0\n"
    "end\n";

TEST_F(ServerTest, ASessionThatIsEndedDuringAStatementHasCommittedNothing) {
  Process process(up_with("db:value 'SELECT pg_sleep(20)'"));
  wait_until_running("SELECT pg_sleep(20)");
  project.value(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
      "query = 'SELECT pg_sleep(20)'");
  expect_nothing_of_two(process.wait());
  expect_the_next_run_finishes();
}

TEST_F(ServerTest, ASessionThatIsEndedBetweenTwoStatementsHasCommittedNothing) {
  expect_nothing_of_two(run(up_with(
      std::string(kOther) + "finish(db:value 'SELECT pg_backend_pid()')\ndb:execute 'INSERT INTO two VALUES (1)'")));
  expect_the_next_run_finishes();
}

TEST_F(ServerTest, ASessionThatIsEndedBeforeCommitHasCommittedNothing) {
  expect_nothing_of_two(run(up_with(std::string(kOther) + "finish(db:value 'SELECT pg_backend_pid()')")));
  expect_the_next_run_finishes();
}

TEST_F(ServerTest, ARunWhoseLockIsGoneBeginsNoFurtherMigration) {
  const Outcome outcome =
      run(up_with(std::string(kOther) +
                  "finish(other:value [[SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tide lock%' AND "
                  "datname = current_database()]])\ndb:value 'SELECT pg_sleep(1.1)'"));
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "the migrator lock was lost"));
  EXPECT_TRUE(contains(outcome.err, "nothing more was begun"));
  EXPECT_EQ(project.applied(), "0001 0002");
  EXPECT_TRUE(exits(project.tide({"up", "--lock-timeout", "5s"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_F(ServerTest, ARestartDuringAStatementHasCommittedNothing) {
  Process process(up_with("db:value 'SELECT pg_sleep(20)'"));
  wait_until_running("SELECT pg_sleep(20)");
  shared_cluster().restart();
  expect_nothing_of_two(process.wait());
  expect_the_next_run_finishes();
}

TEST_F(ServerTest, ARestartDuringCommitIsAskedAboutWhenTheServerIsBack) {
  project.value(kSlowCommit);
  tables_before = "one slow";
  Process process(up_with("db:execute 'INSERT INTO slow VALUES (1)'"));
  wait_until_running("COMMIT");
  shared_cluster().restart();
  const Outcome outcome = process.wait();
  EXPECT_TRUE(contains(outcome.err, "the server says that it rolled back"));
  expect_nothing_of_two(outcome);
  expect_the_next_run_finishes();
}

}  // namespace
}  // namespace tide::test
