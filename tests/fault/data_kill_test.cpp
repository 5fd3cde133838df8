// The lie: a data fix is killed (SIGKILL) at an instant that nobody chose, alone, beside a second worker, or while
// others write to the same rows; its undo is killed likewise; or the server crashes, which forgets what no commit has
// waited for. What must hold: each row is changed exactly once, no
// change by others is lost, and an undo puts back exactly what was there. The change is an addition, so that a row
// changed twice or overwritten shows in a sum.

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "cli/project.h"
#include "db/drivers.h"
#include "fault/dice.h"
#include "fault/killed.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kRows = 6000;
constexpr std::int64_t kAdded = 1000000;

constexpr const char* kFix = R"lua(
local data = require "tide.data"
data.transform(db, {
  table = "accounts", columns = { "balance" }, batch = 100, workers = tonumber(arg.workers or 1),
  change = function(row) row.balance = row.balance + 1000000 end,
})
)lua";

constexpr const char* kMake = R"lua(
db:execute "CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0)"
db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
  .. "INSERT INTO accounts (id) SELECT i FROM n")
)lua";

class DataKillTest : public OnEngine {
 protected:
  DataKillTest() {
    project.write("scripts/fix.lua", kFix);
    project.write("scripts/make.lua", kMake);
    EXPECT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  std::string sum() const { return project.value("SELECT sum(balance) FROM accounts"); }
  std::string runs_to_a_sum(std::int64_t others) const { return std::to_string(kRows * kAdded + others); }
  std::string rows_changed_twice() const {
    return project.value("SELECT count(*) FROM accounts WHERE balance >= " + std::to_string(2 * kAdded));
  }

  Dice dice;
};
TIDE_ON_BOTH_ENGINES(DataKillTest);

TEST_P(DataKillTest, EachRowIsChangedOnceWhereverItWasKilled) {
  const microseconds longest = duration_of(project, {"run", "fix"});
  EXPECT_EQ(sum(), runs_to_a_sum(0));
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  EXPECT_EQ(sum(), "0");
  int kills = 0;
  for (int round = 2; round < 2 + dice.rounds(4) && !HasFailure(); ++round) {
    for (int kill = 0; kill < 4 && sum() != runs_to_a_sum(0); ++kill) {
      kills += killed_after(project.command({"run", "fix"}), dice.up_to(longest)) ? 1 : 0;
      EXPECT_EQ(rows_changed_twice(), "0");
    }
    if (sum() != runs_to_a_sum(0)) finish(project, {"run", "fix"});
    EXPECT_EQ(sum(), runs_to_a_sum(0));
    const std::string run =
        project.value(project.on_postgres() ? "SELECT max(id) FROM tide.runs" : "SELECT max(id) FROM tide_runs");
    kills += killed_after(project.command({"undo", run}), dice.up_to(longest / 2)) ? 1 : 0;
    finish(project, {"undo", run});
    EXPECT_EQ(sum(), "0");
  }
  EXPECT_GT(kills, 0) << "no kill has met a run at work";
  std::printf("%d kills\n", kills);
}

TEST_P(DataKillTest, AServerThatCrashesForgetsBatchesOnlyWithTheirCheckpoints) {
  if (!project.on_postgres()) GTEST_SKIP() << "there is no server";
  project.value("ALTER DATABASE " + project.database() + " SET synchronous_commit = on");
  const microseconds longest = duration_of(project, {"run", "fix"});
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  int crashes = 0;
  for (int round = 0; round < dice.rounds(4) && sum() != runs_to_a_sum(0) && !HasFailure(); ++round) {
    Process process(project.command({"run", "fix"}));
    std::this_thread::sleep_for(dice.up_to(longest / 2));
    shared_cluster().crash();
    crashes += process.wait().code != 0 ? 1 : 0;
    EXPECT_EQ(rows_changed_twice(), "0");
  }
  if (sum() != runs_to_a_sum(0)) finish(project, {"run", "fix"});
  shared_cluster().crash();
  EXPECT_EQ(sum(), runs_to_a_sum(0));
  EXPECT_EQ(project.value("SELECT state FROM tide.runs ORDER BY id DESC LIMIT 1"), "done");
  EXPECT_GT(crashes, 0) << "no crash has met a run at work";
}

class DataWriters {
 public:
  DataWriters(const std::string& url, int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, url, i] { write(url, i); });
  }
  ~DataWriters() { stop(); }
  std::int64_t stop() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    return written_;
  }

 private:
  void write(const std::string& url, int seed) {
    const auto connection = open_connection(url);
    for (int i = seed; !stop_; i += 37) {
      written_ += connection->execute("UPDATE accounts SET balance = balance + 1 WHERE id = " +
                                      std::to_string(i * 7919LL % kRows + 1));
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> written_{0};
  std::vector<std::thread> threads_;
};

TEST(DataFault, NoChangeOfOthersIsLostWhileTwoWorkersChangeTheSameRows) {
  Project project(Engine::kPostgres);
  project.write("scripts/fix.lua", kFix);
  const auto connection = open_connection(project.url());
  connection->execute("CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0)");
  connection->execute("INSERT INTO accounts SELECT generate_series(1, " + std::to_string(kRows) + ")");
  DataWriters writers(project.url(), 3);
  EXPECT_TRUE(exits(project.tide({"run", "fix", "--set", "workers=2"}), 0));
  const std::int64_t written = writers.stop();
  EXPECT_GT(written, 0);
  EXPECT_EQ(project.value("SELECT sum(balance) FROM accounts"), std::to_string(kRows * kAdded + written));
  EXPECT_NE(project.value("SELECT sum(conflicts) FROM tide.ranges"), "0") << "no writer was met";
  const Outcome undone = project.tide({"undo", "1"});
  EXPECT_TRUE(exits(undone, 0));
  // what the writers touched after the fix stays as it is
  EXPECT_EQ(project.value("SELECT count(*) FROM accounts WHERE balance >= " + std::to_string(kAdded)),
            project.value("SELECT count(*) FROM tide.images_1"));
}

TEST(DataFault, TheRangeOfAKilledWorkerIsTakenOnByTheOther) {
  Project project(Engine::kPostgres);
  project.write(
      "scripts/fix.lua",
      "require('tide.data').transform(db, { table = 'accounts', columns = { 'balance' }, batch = 50, pause = '20ms', "
      "change = function(row) row.balance = row.balance + 1000000 end })");
  const auto connection = open_connection(project.url());
  connection->execute("CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0)");
  connection->execute("INSERT INTO accounts SELECT generate_series(1, " + std::to_string(kRows) + ")");
  Process first(project.command({"run", "fix"}));
  ASSERT_TRUE(first.wait_for("accounts  ", std::chrono::seconds(20)));
  Process second(project.command({"work", "1"}));
  std::this_thread::sleep_for(milliseconds(600));
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait().signal, SIGKILL);
  EXPECT_TRUE(exits(second.wait(), 0));
  EXPECT_EQ(project.value("SELECT sum(balance) FROM accounts"), std::to_string(kRows * kAdded));
  EXPECT_EQ(project.value("SELECT count(*) FROM accounts WHERE balance <> 1000000"), "0");
  EXPECT_EQ(project.value("SELECT state FROM tide.runs"), "done");
}

}  // namespace
}  // namespace tide::test
