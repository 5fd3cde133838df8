// The lie: the world changes under a data fix at work. A replica stands still or goes, a worker is stopped until
// another one has taken its range, the server restarts, connections are cut at messages that the dice chose (COMMIT
// among them), rows move between partitions, the table is altered. What must hold: each row is changed exactly once, no
// change by others is lost, and what holds the fix up is said.

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "cli/project.h"
#include "db/drivers.h"
#include "fault/dice.h"
#include "fault/killed.h"
#include "support/pg_cluster.h"
#include "support/pg_standby.h"
#include "support/pgbouncer.h"
#include "support/proxy.h"

namespace tide::test {
namespace {

using std::chrono::milliseconds;

constexpr int kRows = 4000;
const Args kSlowFix = {"run", "fix", "--set", "pause=50ms"};

class DataServerTest : public testing::Test {
 protected:
  DataServerTest() {
    write_fix("batch = 100, pause = arg.pause or 0");
    connection->execute("CREATE TABLE accounts (id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0)");
    connection->execute("INSERT INTO accounts SELECT generate_series(1, " + std::to_string(kRows) + ")");
  }
  void write_fix(const std::string& options) {
    project.write("scripts/fix.lua",
                  "require('tide.data').transform(db, { table = 'accounts', columns = { 'balance' }, " + options +
                      ", change = function(row) row.balance = row.balance + 1000000 end })");
  }
  void expect_each_changed_once(std::int64_t others = 0) {
    EXPECT_EQ(project.value("SELECT sum(balance) FROM accounts"), std::to_string(kRows * 1000000LL + others));
    EXPECT_EQ(project.value("SELECT count(*) FROM accounts WHERE balance / 1000000 <> 1"), "0");
    EXPECT_EQ(project.value("SELECT state FROM tide.runs ORDER BY id DESC LIMIT 1"), "done");
  }
  void finish() { test::finish(project, {"run", "fix"}); }
  bool becomes(const std::string& sql, const std::string& wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (project.value(sql) != wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
  }

  Project project{Engine::kPostgres};
  std::unique_ptr<Connection> connection = open_connection(project.url());
  Dice dice;
};

TEST_F(DataServerTest, AReplicaThatStandsStillOrGoesIsWaitedFor) {
  std::optional<PgStandby> standby(shared_cluster());
  const auto replica = open_connection(standby->url("postgres"));
  write_fix("batch = 100, pause = arg.pause or 0, throttle = { max_lag = '500ms' }");
  Process process(project.command({"run", "fix", "--set", "pause=300ms"}));
  ASSERT_TRUE(process.wait_for("accounts  "));
  replica->query("SELECT pg_wal_replay_pause()");
  ASSERT_TRUE(process.wait_for("accounts: waiting, replica walreceiver (127.0.0.1) is "));
  EXPECT_TRUE(becomes("SELECT waiting ~ 'replica walreceiver .* is [0-9.]+ s behind, [0-9.]+ MB' FROM tide.runs", "t"));
  const std::string stands_at = project.value("SELECT sum(rows) FROM tide.ranges");
  EXPECT_NE(stands_at, std::to_string(kRows));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(project.value("SELECT sum(rows) FROM tide.ranges"), stands_at);
  replica->query("SELECT pg_wal_replay_resume()");
  ASSERT_TRUE(process.wait_for("accounts: goes on"));
  standby.reset();
  EXPECT_TRUE(becomes("SELECT waiting ~ 'replica walreceiver .* has been gone for' FROM tide.runs", "t"));
  process.signal(SIGINT);
  EXPECT_TRUE(exits(process.wait(), 130));
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "throttle.max_lag: the server has no replica now"));
  expect_each_changed_once();
}

TEST_F(DataServerTest, WhoMayNotSeeTheReplicasIsTold) {
  const PgStandby standby(shared_cluster());
  write_fix("throttle = { max_lag = '1s' }");
  project.value(
      "CREATE ROLE fixer LOGIN; GRANT ALL ON SCHEMA public TO fixer; GRANT ALL ON accounts TO fixer; GRANT CREATE "
      "ON DATABASE " +
      project.database() + " TO fixer");
  std::string url = project.url();
  url.replace(url.find("postgres@"), 8, "fixer");
  const Outcome outcome = project.tide({"run", "fix", "--url", url});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "throttle.max_lag: where the replicas are is shown to members of pg_monitor only"));
  project.value("GRANT pg_monitor TO fixer");
  EXPECT_TRUE(exits(project.tide({"run", "fix", "--url", url}), 0));
  expect_each_changed_once();
  project.value("DROP OWNED BY fixer CASCADE; REVOKE pg_monitor FROM fixer; DROP ROLE fixer");
}

TEST_F(DataServerTest, AStoppedWorkerWhoseRangeWasTakenOnWritesNoMore) {
  Process first(project.command(kSlowFix));
  ASSERT_TRUE(first.wait_for("accounts  "));
  first.signal(SIGSTOP);
  // as when ten minutes have passed
  EXPECT_TRUE(becomes("UPDATE tide.ranges SET heartbeat = 0 WHERE state = 'open' RETURNING 1", "1"));
  const Outcome second = project.tide({"work", "1", "--json"});
  EXPECT_TRUE(exits(second, 0));
  EXPECT_TRUE(contains(second.err, "is taken on: "));
  EXPECT_EQ(parse_json(second.out)["state"], "done");
  expect_each_changed_once();
  first.signal(SIGCONT);
  const Outcome outcome = first.wait();
  EXPECT_TRUE(outcome.code == 0 || outcome.code == 3) << outcome.err;
  expect_each_changed_once();
}

TEST_F(DataServerTest, AWorkerEndsWithTheProcessThatHasStartedIt) {
  write_fix("batch = 20, workers = 2, pause = arg.pause or 0");
  Process process(project.command({"run", "fix", "--set", "pause=100ms"}));
  ASSERT_TRUE(process.wait_for("accounts  "));
  ASSERT_TRUE(becomes("SELECT count(DISTINCT owner) FROM tide.ranges WHERE rows > 0", "2"));
  process.signal(SIGKILL);
  EXPECT_EQ(process.wait().signal, SIGKILL);
  EXPECT_TRUE(becomes("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tide run 1'", "0"));
  EXPECT_EQ(project.json({"runs", "1"})["state"], "stopped");
  finish();
  expect_each_changed_once();
}

TEST_F(DataServerTest, AServerThatRestartsLeavesTheRunAtItsCheckpoint) {
  Process process(project.command(kSlowFix));
  ASSERT_TRUE(process.wait_for("accounts  "));
  shared_cluster().restart();
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "run 1 stands at its checkpoint"));
  finish();
  expect_each_changed_once();
}

TEST_F(DataServerTest, EachRowIsChangedOnceWhateverMessageWasTheLast) {
  write_fix("batch = 200");
  int struck = 0;
  for (int round = 0; round < dice.rounds(5) && !HasFailure(); ++round) {
    Fault fault;
    fault.text = dice.coin() ? "COMMIT" : "";
    fault.nth = dice.between(1, fault.text.empty() ? 150 : 25);
    fault.when = static_cast<Fault::When>(dice.between(0, 2));
    fault.act = static_cast<Fault::Act>(dice.between(0, 2));
    fault.every_connection = dice.coin();
    Proxy proxy(shared_cluster().port(), fault);
    const std::string url = "postgres://postgres@127.0.0.1:" + std::to_string(proxy.port()) + "/" + project.database();
    Process process(project.command({"run", "fix", "--url", url}));
    proxy.aim(process.pid());
    process.wait();
    EXPECT_EQ(project.value("SELECT count(*) FROM accounts WHERE balance > 1000000"), "0");
    finish();
    struck += proxy.struck() ? 1 : 0;
    expect_each_changed_once();
    connection = open_connection(project.url());
    connection->execute("UPDATE accounts SET balance = 0");
  }
  EXPECT_GT(struck, 0);
  std::printf("%d blows\n", struck);
}

// Others move rows to and fro between partitions: the key stays, the place does not.
TEST_F(DataServerTest, RowsThatMoveBetweenPartitionsAreChangedOnce) {
  connection->execute("DROP TABLE accounts");
  connection->execute(
      "CREATE TABLE accounts (id integer NOT NULL, home integer NOT NULL, balance bigint NOT NULL DEFAULT 0, moves "
      "integer "
      "NOT NULL DEFAULT 0) PARTITION BY LIST (home)");
  for (const char* home : {"1", "2"}) {
    const std::string part = std::string("accounts_") + home;
    connection->execute("CREATE TABLE " + part + " PARTITION OF accounts FOR VALUES IN (" + home + ")");
  }
  connection->execute("ALTER TABLE accounts ADD PRIMARY KEY (id, home)");
  connection->execute("INSERT INTO accounts SELECT i, 1 FROM generate_series(1, " + std::to_string(kRows) + ") i");
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 0)) << outcome.err;
  expect_each_changed_once();
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  std::atomic<bool> stop{false};
  std::thread mover([&] {
    const auto other = open_connection(project.url());
    for (int i = 0; !stop; i += 7) {
      // there and back again: another version at another place, under the same key
      other->begin();
      const std::string row = " WHERE id = " + std::to_string(i * 7919LL % kRows + 1);
      other->execute("UPDATE accounts SET home = 2, moves = moves + 1" + row);
      other->execute("UPDATE accounts SET home = 1" + row);
      other->commit();
    }
  });
  const Outcome moved = project.tide({"run", "fix"});
  stop = true;
  mover.join();
  EXPECT_TRUE(exits(moved, 0)) << moved.err;
  expect_each_changed_once();
  EXPECT_NE(project.value("SELECT sum(moves) FROM accounts"), "0");
}

TEST_F(DataServerTest, WhatHappensToTheTableMeanwhileStopsTheFixAndIsSaid) {
  const std::pair<const char*, const char*> cases[] = {
      {"ALTER TABLE accounts RENAME COLUMN balance TO amount", "ALTER TABLE accounts RENAME COLUMN amount TO balance"},
      {"ALTER TABLE accounts RENAME TO others", "ALTER TABLE others RENAME TO accounts"},
  };
  for (const auto& [there, back] : cases) {
    Process process(project.command(kSlowFix));
    ASSERT_TRUE(process.wait_for("accounts  "));
    ASSERT_TRUE(exits(project.tide({"pause", project.value("SELECT max(id) FROM tide.runs")}), 0));
    ASSERT_TRUE(process.wait_for("waiting, paused by"));
    connection->execute(there);
    project.tide({"resume", project.value("SELECT max(id) FROM tide.runs")});
    const Outcome outcome = process.wait();
    EXPECT_TRUE(exits(outcome, 1)) << there;
    EXPECT_TRUE(contains(outcome.err, "does not exist")) << there;
    EXPECT_TRUE(contains(outcome.err, "stands at its checkpoint: ")) << there;
    connection->execute(back);
    finish();
    expect_each_changed_once();
    connection->execute("UPDATE accounts SET balance = 0");
  }
}

TEST_F(DataServerTest, BehindATransactionPoolerTheRangeOfAKilledWorkerIsTakenOn) {
  if (!PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
  const PgBouncer pooler(shared_cluster(), PgBouncerOptions{"transaction", 20, {}});
  const Args fix = {"run", "fix", "--url", pooler.url(project.database())};
  Args slow = fix;
  slow.insert(slow.end(), {"--set", "pause=50ms"});
  Process process(project.command(slow));
  ASSERT_TRUE(process.wait_for("accounts  "));
  const Outcome second = project.tide(fix);
  EXPECT_TRUE(exits(second, 3));
  EXPECT_TRUE(contains(second.err, "is being worked on by"));
  process.signal(SIGKILL);
  EXPECT_EQ(process.wait().signal, SIGKILL);
  test::finish(project, fix);
  expect_each_changed_once();
}

}  // namespace
}  // namespace tide::test
