// The lie: the server ends sessions that are idle for longer than 300 ms (idle_session_timeout,
// idle_in_transaction_session_timeout), as administrators set it against forgotten clients. A migrator idles where
// nobody forgot it: it waits for another one's lock, holds the lock of its own on a second session, and lets its script
// work elsewhere.

#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class IdleTest : public testing::Test {
 protected:
  IdleTest() { project.write("migrations/0001_one.lua", creates("one")); }
  void end_idle_sessions(const std::string& setting) {
    const std::string database = project.database();
    project.value("ALTER DATABASE " + database + " SET " + setting + " = '300ms'");
  }
  // 0002, whose session idles for a second while the script waits elsewhere.
  void write_idle_migration(const std::string& options, const std::string& seconds) {
    project.write("migrations/0002_two.lua",
                  "return { " + options +
                      " up = function(db)\ndb:execute 'CREATE TABLE IF NOT EXISTS two (n integer)'\nlocal other = "
                      "db:connect 'dev'\nother:value 'SELECT pg_sleep(" +
                      seconds + ")'\ndb:execute 'INSERT INTO two VALUES (1)'\nend }\n");
  }
  Project project{Engine::kPostgres};
};

TEST_F(IdleTest, WhoWaitedForTheLockGoesOn) {
  end_idle_sessions("idle_session_timeout");
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  project.write("migrations/0002_two.lua", lua_migration("log.info 'now inside'\ndb:value 'SELECT pg_sleep(1.5)'"));
  Process first(project.command({"up"}));
  ASSERT_TRUE(first.wait_for("now inside"));
  project.write("migrations/0003_three.lua", creates("three"));
  const Outcome second = project.tide({"up"});
  EXPECT_TRUE(exits(first.wait(), 0));
  EXPECT_TRUE(exits(second, 0));
  EXPECT_TRUE(contains(second.err, "the migrator lock is held by"));
  EXPECT_EQ(project.applied(), "0001 0002 0003");
}

TEST_F(IdleTest, TheLockOutlastsALongStatement) {
  end_idle_sessions("idle_session_timeout");
  project.write("migrations/0002_two.lua", lua_migration("db:value 'SELECT pg_sleep(1.5)'"));
  project.write("migrations/0003_three.lua", creates("three"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "0001 0002 0003");
}

TEST_F(IdleTest, ATransactionThatIdledIsRolledBackAndTheServersReasonIsSaid) {
  end_idle_sessions("idle_in_transaction_session_timeout");
  write_idle_migration("", "1");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "idle-in-transaction timeout"));
  EXPECT_TRUE(contains(outcome.err, "not committed"));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "0001");
  write_idle_migration("", "0");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_F(IdleTest, ASessionThatIdledOutsideOfATransactionIsTakenOnByTheNextUp) {
  end_idle_sessions("idle_session_timeout");
  write_idle_migration("transaction = false,", "1");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "idle-session timeout"));
  EXPECT_TRUE(contains(outcome.err, "is recorded as running"));
  EXPECT_EQ(project.tables(), "one two");
  write_idle_migration("transaction = false,", "0");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "0001 0002");
}

}  // namespace
}  // namespace tide::test
