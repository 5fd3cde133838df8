#include <signal.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/project.h"
#include "support/pgbouncer.h"

namespace tide::test {
namespace {

const char* const kLockHolders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";

// A project whose environment "pooled" goes through a pooler, and whose environment "dev" does not.
class PoolerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
    pooler = std::make_unique<PgBouncer>(shared_cluster(), PgBouncerOptions{GetParam(), 20, {}});
    const std::string& direct = project.url();
    const std::string pooled = pooler->url(direct.substr(direct.rfind('/') + 1));
    project.write("tide.toml", "default_env = \"pooled\"\n[env.dev]\nurl = \"" + direct + "\"\n[env.pooled]\nurl = \"" +
                                   pooled + "\"\nalias_of = \"dev\"\n");
  }
  std::unique_ptr<Process> up(const std::string& environment) const {
    Command command = project.command({"up", "-e", environment});
    command.timeout = std::chrono::seconds(30);
    return std::make_unique<Process>(command);
  }
  // Two runs at once: the second waits for the first, and finds nothing left to do.
  void one_after_the_other(const std::string& first, const std::string& second) {
    project.write("migrations/1_one.lua", lua_migration("db:execute 'CREATE TABLE one (n integer)'\n"
                                                        "log.info 'now inside'\ndb:value 'SELECT pg_sleep(1.5)'"));
    const auto faster = up(first);
    ASSERT_TRUE(faster->wait_for("now inside"));
    const auto slower = up(second);
    EXPECT_TRUE(slower->wait_for("the migrator lock is held by"));
    EXPECT_TRUE(exits(faster->wait(), 0));
    EXPECT_TRUE(exits(slower->wait(), 0));
    EXPECT_EQ(project.value("SELECT string_agg(event, ' ' ORDER BY id) FROM tide.events"), "applied");
    EXPECT_EQ(project.value(kLockHolders), "0");
  }
  bool becomes(const std::string& sql, const std::string& wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (project.value(sql) != wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  Project project{Engine::kPostgres};
  std::unique_ptr<PgBouncer> pooler;
};
INSTANTIATE_TEST_SUITE_P(Mode, PoolerTest, testing::Values("transaction", "session"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(PoolerTest, EveryCommandWorksThroughThePooler) {
  project.write("migrations/1_one.lua", creates("one"));
  project.write("migrations/2_two.sql",
                "-- tide:up\nCREATE TABLE two (n integer);\nSET search_path = pg_catalog;\n"
                "SET lock_timeout = '1s';\n");
  project.write("migrations/3_three.lua", creates("three"));
  EXPECT_TRUE(exits(project.tide({"plan"}), 0));
  const Outcome up = project.tide({"up"});
  EXPECT_TRUE(exits(up, 0));
  EXPECT_TRUE(contains(up.err, "behind a connection pooler"));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"verify"}), 0));
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(project.applied(), "1 2");
  EXPECT_TRUE(contains(project.tide({"history"}).out, "reverted"));
}

TEST_P(PoolerTest, TwoRunsThroughThePoolerTakeTurns) { one_after_the_other("pooled", "pooled"); }
TEST_P(PoolerTest, ADirectRunWaitsForOneThroughThePooler) { one_after_the_other("pooled", "dev"); }
TEST_P(PoolerTest, ARunThroughThePoolerWaitsForADirectOne) { one_after_the_other("dev", "pooled"); }

TEST_P(PoolerTest, AKilledRunLeavesNothingLocked) {
  project.write("migrations/1_one.lua", lua_migration("db:execute 'CREATE TABLE one (n integer)'\n"
                                                      "log.info 'now inside'\nwhile true do end"));
  const auto killed = up("pooled");
  ASSERT_TRUE(killed->wait_for("now inside"));
  EXPECT_EQ(project.value(kLockHolders), "1");
  killed->signal(SIGKILL);
  EXPECT_EQ(killed->wait().signal, SIGKILL);
  EXPECT_TRUE(becomes(kLockHolders, "0"));
  project.write("migrations/1_one.lua", creates("one"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(PoolerTest, AnIndexIsBuiltConcurrentlyByAMigrationWithoutATransaction) {
  project.write("migrations/1_one.lua",
                "return { transaction = false, up = function(db)\n"
                "db:execute 'CREATE TABLE one (n integer, s text)'\n"
                "db:copy_in('one', { 'n', 's' }, { { 1, 'a' }, { 2, 'b\\\\c' }, { 3, 'c' } })\n"
                "for row in db:rows 'SELECT n FROM one ORDER BY n' do\n"
                "  db:execute('UPDATE one SET n = n + 10, s = $2 WHERE n = $1', row.n, 'x\\\\' .. row.n)\nend\n"
                "db:execute 'CREATE INDEX CONCURRENTLY one_n ON one (n)'\nend }");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_n'::regclass"), "t");
  EXPECT_EQ(project.value("SELECT string_agg(n || s, ' ' ORDER BY n) FROM one"), "11x\\1 12x\\2 13x\\3");
}

TEST_P(PoolerTest, AKilledMigrationWithoutATransactionIsSeenAndTakenOn) {
  project.write("migrations/1_one.lua",
                "return { transaction = false, up = function(db)\n"
                "db:execute 'CREATE TABLE IF NOT EXISTS one (n integer)'\n"
                "log.info 'now inside'\nif db:value 'SELECT count(*) FROM one' == 0 then while true do end end\nend }");
  const auto killed = up("pooled");
  ASSERT_TRUE(killed->wait_for("now inside"));
  EXPECT_TRUE(lacks(project.tide({"status"}).out, "interrupted"));
  EXPECT_TRUE(lacks(project.tide({"status", "-e", "dev"}).out, "interrupted"));
  killed->signal(SIGKILL);
  killed->wait();
  EXPECT_TRUE(becomes(kLockHolders, "0"));
  EXPECT_TRUE(contains(project.tide({"status"}).out, "interrupted"));
  EXPECT_TRUE(contains(project.tide({"status", "-e", "dev"}).out, "interrupted"));
  project.value("INSERT INTO one VALUES (1) RETURNING n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "1");
}

TEST_P(PoolerTest, RowsAreCopiedThroughThePooler) {
  project.write(
      "scripts/copy.lua",
      "db:execute 'CREATE TABLE one (n integer PRIMARY KEY, t timestamptz)' "
      "db:execute 'CREATE TABLE two (n integer PRIMARY KEY, t timestamptz)' "
      "db:execute 'INSERT INTO one SELECT n, now() FROM generate_series(1, 1000) n' "
      "local copy = require('tide.data').copy copy(db, { table = 'one', to = 'two', from = 'pooled', batch = 90 }) "
      "db:execute 'UPDATE one SET t = NULL' "
      "copy(db, { table = 'one', to = 'two', batch = 90, on_conflict = 'replace' })");
  EXPECT_TRUE(exits(project.tide({"run", "copy"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM two WHERE t IS NULL"), "1000");
}

}  // namespace
}  // namespace tide::test
