// The lie: the database answers everything that is asked of it, but takes nothing: a hot standby of a real primary, a
// database whose sessions begin read-only, a role that may only look, a SQLite file without the right to write.

#include <sys/stat.h>
#include <unistd.h>

#include "cli/project.h"
#include "support/pg_cluster.h"
#include "support/pg_standby.h"

namespace tide::test {
namespace {

class ReadOnlyTest : public OnEngine {
 protected:
  ReadOnlyTest() {
    project.write("migrations/0001_one.lua", creates("one"));
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
  }
  // Looking is possible, changing is refused with this exit code before anything has been done.
  void expect_looks_only(const Args& where, int code, const std::string& message) {
    const auto there = [&](Args args) {
      args.insert(args.end(), where.begin(), where.end());
      return project.tide(args);
    };
    EXPECT_TRUE(exits(there({"up"}), 0)) << "nothing is pending";
    project.write("migrations/0002_two.lua",
                  "return { transaction = false, up = function(db) db:execute 'CREATE TABLE two (n integer)' end }\n");
    for (const Args& args : {Args{"status"}, Args{"plan"}, Args{"history"}, Args{"verify"}}) {
      EXPECT_TRUE(exits(there(args), 0)) << args[0];
    }
    for (const Args& args : {Args{"up"}, Args{"down"}, Args{"redo"}, Args{"baseline", "0002"},
                             Args{"resolve", "0001", "--reverted", "--reason", "x"}}) {
      const Outcome outcome = there(args);
      EXPECT_TRUE(exits(outcome, code)) << args[0];
      EXPECT_TRUE(contains(outcome.err, message)) << args[0];
    }
    EXPECT_EQ(project.tables(), "one");
    EXPECT_EQ(project.applied(), "0001");
  }
  std::string database() const { return project.database(); }
};
TIDE_ON_BOTH_ENGINES(ReadOnlyTest);

TEST_P(ReadOnlyTest, AStandbyIsShownAndNotChanged) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite has no standby";
  const PgStandby standby(shared_cluster());
  expect_looks_only({"-e", "dev", "--url", standby.url(database())}, 3, "the database may only be read");
}

TEST_P(ReadOnlyTest, AStandbyWithoutAHistoryIsSaidToBeOne) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite has no standby";
  project.value("DROP SCHEMA tide CASCADE");
  const PgStandby standby(shared_cluster());
  const Outcome outcome = project.tide({"up", "--url", standby.url(database())});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "the database may only be read"));
  EXPECT_TRUE(contains(outcome.err, "target_session_attrs=read-write"));
}

TEST_P(ReadOnlyTest, SessionsThatBeginReadOnlyChangeNothing) {
  if (!project.on_postgres()) GTEST_SKIP() << "a setting of PostgreSQL";
  project.value("ALTER DATABASE " + database() + " SET default_transaction_read_only = on");
  expect_looks_only({}, 3, "the database may only be read");
}

TEST_P(ReadOnlyTest, ARoleThatMayOnlyLookIsToldWhichRightsItLacks) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite has no roles";
  const std::string role = "looks_" + database();
  project.value("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA tide TO " + role +
                "; GRANT SELECT ON ALL TABLES IN SCHEMA tide TO " + role + "; GRANT SELECT ON one TO " + role);
  std::string url = project.url();
  url.replace(url.find("://") + 3, url.find('@') - url.find("://") - 3, role);
  expect_looks_only({"-e", "dev", "--url", url}, 1,
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tide");
  project.value("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_P(ReadOnlyTest, ARoleThatMayNotWriteEventsLeavesNothingHalfDone) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite has no roles";
  const std::string role = "mute_" + database();
  project.value("CREATE ROLE " + role + " LOGIN; GRANT ALL ON SCHEMA tide, public TO " + role +
                "; GRANT ALL ON ALL TABLES IN SCHEMA tide TO " + role + "; REVOKE INSERT ON tide.events FROM " + role);
  std::string url = project.url();
  url.replace(url.find("://") + 3, url.find('@') - url.find("://") - 3, role);
  project.write("migrations/0002_two.lua", creates("two"));
  const Outcome outcome = project.tide({"up", "-e", "dev", "--url", url});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "permission denied for table events"));
  EXPECT_TRUE(contains(outcome.err, "GRANT SELECT, INSERT"));
  EXPECT_EQ(project.tables(), "one");
  project.value("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_P(ReadOnlyTest, AFileThatMayOnlyBeReadIsShownAndNotChanged) {
  if (project.on_postgres()) GTEST_SKIP() << "a file of SQLite";
  expect_looks_only({"-e", "dev", "--url", "sqlite:dev.db?mode=ro"}, 3, "the database may only be read");
}

}  // namespace
}  // namespace tide::test
