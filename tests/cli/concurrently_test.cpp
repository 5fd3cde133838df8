// What works CONCURRENTLY waits for older transactions, and must not give up on them: whatever sets a lock_timeout, it
// does not hold for these statements. Each case has such a transaction open for longer than the timeout.

#include "cli/others.h"
#include "cli/project.h"
#include "support/pg_cluster.h"
#include "support/pgbouncer.h"

namespace tide::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* kOlder = "WITH w AS (INSERT INTO t VALUES (7)) SELECT count(*) FROM p";
constexpr milliseconds kOlderLasts{400};

struct Case {
  const char* name;
  const char* before;  // by hand
  const char* statement;
};

const Case kStatements[] = {
    {"CreateIndex", "SELECT 1", "CREATE INDEX CONCURRENTLY t_n ON t (n)"},
    {"Reindex", "CREATE INDEX t_n ON t (n)", "REINDEX INDEX CONCURRENTLY t_n"},
    {"ReindexWithOptions", "CREATE INDEX t_n ON t (n)", "REINDEX (VERBOSE, CONCURRENTLY) TABLE t"},
    {"DropIndex", "CREATE INDEX t_n ON t (n)", "DROP INDEX CONCURRENTLY t_n"},
    {"DetachPartition", "CREATE TABLE t_1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
     "ALTER TABLE p DETACH PARTITION t_1 CONCURRENTLY"},
};

class ConcurrentlyTest : public testing::TestWithParam<Case> {
 protected:
  ConcurrentlyTest() {
    project.value("CREATE TABLE t (n integer); CREATE TABLE p (n integer) PARTITION BY RANGE (n)");
    project.value(GetParam().before);
  }
  // 0001 runs the statement, with these fields, behind these lines.
  void migration(const std::string& fields, const std::string& lines) const {
    project.write("migrations/0001_index.lua", "return { transaction = false, " + fields + "\n up = function(db)\n" +
                                                   lines + "\ndb:execute '" + GetParam().statement +
                                                   "'\nlog.info('after: ' .. db:value 'SHOW lock_timeout')\nend }\n");
  }
  void expect_patience(const std::string& after) const {
    const Holder older(project.url(), kOlder, kOlderLasts);
    const auto began = std::chrono::steady_clock::now();
    const Outcome outcome = project.tide({"up"});
    EXPECT_GT(std::chrono::steady_clock::now() - began, kOlderLasts / 2) << "it has not waited";
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_TRUE(contains(outcome.err, "after: " + after));
    EXPECT_EQ(project.applied(), "0001");
  }
  std::string database() const { return project.database(); }

  Project project{Engine::kPostgres};
};
INSTANTIATE_TEST_SUITE_P(Statements, ConcurrentlyTest, testing::ValuesIn(kStatements),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_P(ConcurrentlyTest, TheMigrationsLockTimeoutDoesNotHold) {
  migration("lock_timeout = '100ms',", "");
  expect_patience("100ms");
}

TEST_P(ConcurrentlyTest, TheEnvironmentsLockTimeoutDoesNotHold) {
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() + "\"\nlock_timeout = \"100ms\"\n");
  migration("", "");
  expect_patience("0");
}

TEST_P(ConcurrentlyTest, TheDatabasesLockTimeoutDoesNotHold) {
  project.value("ALTER DATABASE " + database() + " SET lock_timeout = '100ms'");
  migration("", "");
  expect_patience("100ms");
}

TEST_P(ConcurrentlyTest, TheRolesLockTimeoutDoesNotHold) {
  project.value("ALTER ROLE postgres IN DATABASE " + database() + " SET lock_timeout = '100ms'");
  migration("", "");
  expect_patience("100ms");
}

TEST_P(ConcurrentlyTest, TheScriptsOwnLockTimeoutDoesNotHold) {
  migration("", "db:execute \"SET lock_timeout = '100ms'\"");
  expect_patience("100ms");
}

TEST_P(ConcurrentlyTest, TheGuardLeavesItAlone) {
  migration("max_blocked = 0, max_blocked_time = '50ms',", "");
  const Holder older(project.url(), kOlder, kOlderLasts);
  Process process(project.command({"up"}));
  std::this_thread::sleep_for(milliseconds(250));
  Traffic others(project.url(), "VACUUM t", 2);
  EXPECT_TRUE(exits(process.wait(), 0));
}

TEST_P(ConcurrentlyTest, BehindAPoolerItIsRefusedWhereATimeoutCannotBeLifted) {
  if (!PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
  PgBouncer pooler(shared_cluster(), PgBouncerOptions{"transaction", 20, {}});
  const std::string url = pooler.url(database());
  migration("", "");
  project.value("ALTER DATABASE " + database() + " SET lock_timeout = '100ms'");
  const Outcome refused = project.tide({"up", "--url", url});
  EXPECT_TRUE(exits(refused, 2));
  EXPECT_TRUE(contains(refused.err, "it would run under lock_timeout 100ms"));
  EXPECT_EQ(project.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

}  // namespace
}  // namespace tide::test
