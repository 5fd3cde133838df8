// The lie: of two migrators, one holds the lock and one waits for it, and one of them is killed (SIGKILL), so that it
// releases nothing. The lock must go with whoever held it, and stay with whoever holds it.

#include <signal.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/project.h"
#include "support/pg_cluster.h"
#include "support/pgbouncer.h"

namespace tide::test {
namespace {

// Stays inside until there is a row in `gate`.
const char* const kGated =
    "return { transaction = false, up = function(db)\n"
    "db:execute 'CREATE TABLE IF NOT EXISTS one (n integer)'\nlog.info 'now inside'\n"
    "repeat until db:value 'SELECT count(*) FROM gate' > 0\nend }\n";

class LockTest : public testing::TestWithParam<const char*> {
 protected:
  LockTest() : project(GetParam() == std::string("Sqlite") ? Engine::kSqlite : Engine::kPostgres) {}
  void SetUp() override {
    if (GetParam() == std::string("Pgbouncer")) {
      if (!PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
      pooler = std::make_unique<PgBouncer>(shared_cluster());
      url = pooler->url(project.database());
    }
    project.write("migrations/0_gate.lua", sql_migration("CREATE TABLE gate (n integer)"));
    ASSERT_TRUE(exits(project.tide({"up"}), 0));
    project.write("migrations/1_gated.lua", kGated);
    project.write("migrations/2_two.lua", creates("two"));
    holder = up();
    ASSERT_TRUE(holder->wait_for("now inside"));
    waiter = up();
    ASSERT_TRUE(waiter->wait_for("the migrator lock is held by"));
  }
  void open_gate() { project.value("INSERT INTO gate VALUES (1)"); }
  std::unique_ptr<Process> up() const {
    Args args{"up", "--lock-timeout", "30s"};
    if (!url.empty()) args.insert(args.end(), {"--url", url});
    return std::make_unique<Process>(project.command(args));
  }
  static void kill(Process& process) {
    process.signal(SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL);
  }
  void expect_both_applied_and_nothing_held() {
    EXPECT_EQ(project.applied(), "0 1 2");
    const Outcome next = up()->wait();
    EXPECT_TRUE(exits(next, 0));
    EXPECT_TRUE(lacks(next.err, "the migrator lock is held by"));
    if (!project.on_postgres()) return;
    EXPECT_EQ(project.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
                            "pg_database WHERE datname = current_database())"),
              "0");
  }

  Project project;
  std::unique_ptr<PgBouncer> pooler;
  std::string url;
  std::unique_ptr<Process> holder;
  std::unique_ptr<Process> waiter;
};
INSTANTIATE_TEST_SUITE_P(On, LockTest, testing::Values("Sqlite", "Postgres", "Pgbouncer"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(LockTest, OfAKilledHolderGoesToTheOneThatWaits) {
  kill(*holder);
  open_gate();
  const auto killed = std::chrono::steady_clock::now();
  EXPECT_TRUE(exits(waiter->wait(), 0));
  EXPECT_LT(std::chrono::steady_clock::now() - killed, std::chrono::seconds(5));
  expect_both_applied_and_nothing_held();
}

TEST_P(LockTest, StaysWithItsHolderWhenTheOneThatWaitsIsKilled) {
  kill(*waiter);
  EXPECT_TRUE(exits(project.tide({"up", "--lock-timeout", "200ms"}), 3));
  open_gate();
  EXPECT_TRUE(exits(holder->wait(), 0));
  expect_both_applied_and_nothing_held();
}

TEST_P(LockTest, IsFreeWhenBothAreKilled) {
  kill(*waiter);
  kill(*holder);
  open_gate();
  EXPECT_TRUE(exits(project.tide({"up", "--lock-timeout", "5s"}), 0));
  expect_both_applied_and_nothing_held();
}

}  // namespace
}  // namespace tide::test
