// How a migration waits for locks, and how long it lets others wait for it. PostgreSQL.

#include <signal.h>

#include "cli/others.h"
#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* kSelect = "SELECT count(*) FROM t";

class WaitingTest : public testing::Test {
 protected:
  WaitingTest() { project.value("CREATE TABLE t (n integer); INSERT INTO t VALUES (1)"); }

  // A migration with these fields, beside `up` with this body.
  void migration(const std::string& fields, const std::string& body) const {
    project.write("migrations/0001_change.lua", "return { " + fields + ",\n up = function(db)\n" + body + "\nend }\n");
  }
  bool has_column(const std::string& name) const {
    return project.value("SELECT count(*) FROM information_schema.columns WHERE table_name = 't' AND column_name = '" +
                         name + "'") == "1";
  }
  // What the sessions, so many, that read the table all the while saw of `tide up`.
  struct Busy {
    Outcome outcome;
    milliseconds worst;
    int done;
  };
  Busy up_in_traffic(int sessions) const {
    Traffic traffic(project.url(), kSelect, sessions);
    Outcome outcome = project.tide({"up"});
    traffic.stop();
    return {std::move(outcome), traffic.worst(), traffic.done()};
  }
  // What the migration's own statements see of a setting.
  std::string setting_inside(const std::string& fields, const std::string& name) const {
    migration(fields, "error('it is <' .. db:value 'SHOW " + name + "' .. '>')");
    const std::string text = project.tide({"up"}).err;
    const auto at = text.find("it is <");
    return at == std::string::npos ? text : text.substr(at + 7, text.find('>', at) - at - 7);
  }

  Project project{Engine::kPostgres};
};

const char* const kAlter = "db:execute 'ALTER TABLE t ADD COLUMN added integer'";

TEST_F(WaitingTest, AMigrationThatWaitsInFrontOfOthersLetsThemPassAndGetsThroughInTheEnd) {
  migration("lock_timeout = '0', max_blocked = 2, max_blocked_time = '200ms'", kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(2500));
  const auto [outcome, worst, done] = up_in_traffic(4);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(has_column("added"));
  EXPECT_LT(worst, milliseconds(1000));
  EXPECT_GT(done, 50);
  EXPECT_TRUE(contains(outcome.err, "waiting: 0001 change: cancelled, because it kept 4 sessions waiting, for "));
  EXPECT_TRUE(contains(outcome.err, "it waited itself for AccessExclusiveLock on t, held by server process "));
  EXPECT_TRUE(contains(outcome.err, "blocked: server process "));
  EXPECT_TRUE(contains(outcome.err, "attempt 2 of 10"));
}

TEST_F(WaitingTest, ItIsLeftAloneWhileItKeepsNoMoreWaitingThanAreAllowed) {
  migration("lock_timeout = '0', max_blocked = 2, max_blocked_time = '100ms'", kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(1500));
  const Outcome outcome = up_in_traffic(2).outcome;
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.err, "waiting"));
}

TEST_F(WaitingTest, OneThatHoldsALockAndWorksOnIsTriedThreeTimesAndThenSaysWhomItBlocked) {
  migration("max_blocked = 2, max_blocked_time = '200ms'", std::string(kAlter) + "\ndb:execute 'SELECT pg_sleep(30)'");
  const auto [outcome, worst, done] = up_in_traffic(4);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_FALSE(has_column("added"));
  EXPECT_LT(worst, milliseconds(1500));
  EXPECT_TRUE(contains(outcome.err, "error: cancelled, because it kept 4 sessions waiting, for "));
  EXPECT_TRUE(contains(outcome.err, "(allowed: 2 for 200 ms); tried 3 times"));
  EXPECT_TRUE(contains(outcome.err, "SELECT pg_sleep(30)"));
  EXPECT_TRUE(contains(outcome.err, "working while it held one"));
  EXPECT_TRUE(contains(outcome.err, "waits for AccessShareLock on t: SELECT count(*) FROM t"));
  EXPECT_TRUE(contains(outcome.err, "rolled back: everything that 0001 change did"));
  EXPECT_TRUE(contains(outcome.err, "split migrations/0001_change.lua"));
}

TEST_F(WaitingTest, AScriptCannotCatchIt) {
  migration("max_blocked = 2, max_blocked_time = '200ms'",
            std::string(kAlter) + "\npcall(db.savepoint, db, function() db:execute 'SELECT pg_sleep(30)' end)");
  const Outcome outcome = up_in_traffic(4).outcome;
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "cancelled, because it kept 4 sessions waiting"));
  EXPECT_FALSE(has_column("added"));
}

TEST_F(WaitingTest, ManyShortStatementsDoNotSlipThrough) {
  migration("max_blocked = 2, max_blocked_time = '200ms'",
            std::string(kAlter) + "\nfor i = 1, 1e7 do db:value('SELECT $1::int', i) end");
  const auto [outcome, worst, done] = up_in_traffic(4);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_LT(worst, milliseconds(1500));
  EXPECT_TRUE(contains(outcome.err, "tried 3 times"));
}

TEST_F(WaitingTest, ACursorThatIsReadForLongDoesNotSlipThrough) {
  migration("max_blocked = 2, max_blocked_time = '200ms'",
            std::string(kAlter) +
                "\nfor row in db:rows 'SELECT i, pg_sleep(0.0005) FROM generate_series(1, 1000000) i' do end");
  const auto [outcome, worst, done] = up_in_traffic(4);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_LT(worst, milliseconds(1500));
}

TEST_F(WaitingTest, ZeroMeansThatItMayBlockForEver) {
  migration("max_blocked = 0, max_blocked_time = '0'", std::string(kAlter) + "\ndb:execute 'SELECT pg_sleep(1.5)'");
  EXPECT_TRUE(exits(up_in_traffic(4).outcome, 0));
}

TEST_F(WaitingTest, TheEnvironmentSaysHowMuchIsAllowedUnlessTheMigrationDoes) {
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() +
                                 "\"\nmax_blocked = 0\nmax_blocked_time = \"100ms\"\nlock_timeout = \"0\"\n");
  migration("description = ''", std::string(kAlter) + "\ndb:execute 'SELECT pg_sleep(3)'");
  const Outcome outcome = up_in_traffic(1).outcome;
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "it kept 1 session waiting"));
  EXPECT_TRUE(contains(outcome.err, "(allowed: 0 for 100 ms)"));
  migration("max_blocked = 1", std::string(kAlter) + "\ndb:execute 'SELECT pg_sleep(1)'");
  EXPECT_TRUE(exits(up_in_traffic(1).outcome, 0));
}

TEST_F(WaitingTest, ADryRunIsCancelledTooAndNotTriedAgain) {
  migration("max_blocked = 2, max_blocked_time = '200ms'", std::string(kAlter) + "\ndb:execute 'SELECT pg_sleep(30)'");
  Traffic traffic(project.url(), kSelect, 4);
  const Outcome outcome = project.tide({"plan", "--sql"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "cancelled, because it kept 4 sessions waiting"));
  EXPECT_TRUE(lacks(outcome.err, "attempt 2"));
}

TEST_F(WaitingTest, AllMigrationsOfASingleTransactionAreTriedAgainTogether) {
  project.write("migrations/0000_first.lua", creates("first"));
  migration("lock_timeout = '100ms'", kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(600));
  const Outcome outcome = project.tide({"up", "--single-transaction"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "attempt 2 of 10"));
  EXPECT_EQ(project.applied(), "0000 0001");
}

TEST_F(WaitingTest, NothingIsReportedAppliedBeforeTheCommitOfASingleTransaction) {
  project.value("CREATE TABLE parent (id integer PRIMARY KEY)");
  project.write("migrations/0000_first.lua", creates("first"));
  migration("description = ''",
            "db:execute 'CREATE TABLE child (id integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED)'\n"
            "db:execute 'INSERT INTO child VALUES (7)'");
  const Outcome outcome = project.tide({"up", "--single-transaction", "--json"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(lacks(outcome.err, "up    0000 first  ("));
  EXPECT_EQ(parse_json(outcome.out)["steps"].size(), 0u);
  EXPECT_EQ(project.applied(), "");
}

TEST_F(WaitingTest, ALockThatIsNotFreeInTimeIsTriedForAgainAndNamed) {
  migration("lock_timeout = '300ms'", kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(800));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err,
                       "waiting: 0001 change: a lock was not free (canceling statement due to lock timeout); "
                       "it waited for AccessExclusiveLock on t, held by server process "));
}

TEST_F(WaitingTest, LockTimeoutIsTheMigrationsThenTheEnvironmentsThenTheServersThenABriefOne) {
  const std::string database = project.database();
  EXPECT_EQ(setting_inside("description = ''", "lock_timeout"), "50ms");
  EXPECT_EQ(setting_inside("lock_timeout = '0'", "lock_timeout"), "0");
  project.value("ALTER DATABASE " + database + " SET lock_timeout = '9s'");
  EXPECT_EQ(setting_inside("description = ''", "lock_timeout"), "9s");
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() + "\"\nlock_timeout = \"8s\"\n");
  EXPECT_EQ(setting_inside("description = ''", "lock_timeout"), "8s");
  EXPECT_EQ(setting_inside("lock_timeout = '7s'", "lock_timeout"), "7s");
  EXPECT_EQ(setting_inside("transaction = false", "lock_timeout"), "9s");
  EXPECT_TRUE(exits(project.tide({"resolve", "0001", "--retry", "--reason", "again"}), 0));
  EXPECT_EQ(setting_inside("transaction = false, lock_timeout = '7s'", "lock_timeout"), "7s");
}

TEST_F(WaitingTest, WhereNothingIsSetNobodyQueuesForLongBehindAMigrationThatWaits) {
  migration("description = ''", kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(2500));
  const auto [outcome, worst, done] = up_in_traffic(4);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(has_column("added"));
  EXPECT_TRUE(contains(outcome.err, "a lock was not free (canceling statement due to lock timeout)"));
  EXPECT_TRUE(contains(outcome.err, "it waited for AccessExclusiveLock on t, held by server process "));
  EXPECT_LT(worst, milliseconds(1000));
}

TEST_F(WaitingTest, AMigrationThatWouldLoseMuchByGivingUpWaitsLonger) {
  const std::string show = "error('it is <' .. db:value 'SHOW lock_timeout' .. '>')";
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"db:value 'SELECT count(*) FROM t'\n", "50ms"},
      {"db:execute 'UPDATE t SET n = 2'\n", "5s"},
      {"db:execute 'DO $$ BEGIN PERFORM 1; END $$'\n", "5s"},
      {"db:value 'SELECT pg_sleep(1.1)'\ndb:value 'SELECT 1'\n", "5s"},
      {"shell.run { 'true' }\ndb:value 'SELECT 1'\n", "5s"},
      {"db:execute \"SET LOCAL lock_timeout = '2s'\"\ndb:execute 'UPDATE t SET n = 2'\n", "2s"},
  };
  for (const auto& [body, expected] : bodies) {
    migration("description = ''", body + show);
    EXPECT_TRUE(contains(project.tide({"up"}).err, "it is <" + expected + ">")) << body;
  }
}

TEST_F(WaitingTest, OneWithoutATransactionIsTriedAgainOnlyWhenItMayBeRepeated) {
  const std::string body =
      "db:execute 'CREATE TABLE IF NOT EXISTS seen (n integer)'\n"
      "db:execute 'INSERT INTO seen VALUES (1)'\n" +
      std::string(kAlter);
  migration("transaction = false, lock_timeout = '200ms'", body);
  {
    const Holder reader(project.url(), kSelect);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_TRUE(lacks(outcome.err, "attempt 2"));
  }
  EXPECT_EQ(project.value("SELECT count(*) FROM seen"), "1");
  EXPECT_TRUE(exits(project.tide({"resolve", "0001", "--retry", "--reason", "again"}), 0));
  migration("transaction = false, lock_timeout = '200ms', repeatable = true", body);
  const Holder reader(project.url(), kSelect, milliseconds(700));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_NE(project.value("SELECT count(*) FROM seen"), "2");
  EXPECT_EQ(project.applied(), "0001");
}

TEST_F(WaitingTest, WhatARollbackDoesNotUndoIsNotDoneTwiceUnlessTheMigrationSaysSo) {
  const std::string other = "db:connect('" + project.url() + "'):execute 'INSERT INTO outside VALUES (1)'\n";
  const std::string command = "shell.run({ 'sh', '-c', 'echo once >> " + project.path("outside.txt") + "' })\n";
  project.value("CREATE TABLE outside (n integer)");
  for (const std::string& effect : {other, command}) {
    migration("lock_timeout = '100ms'", effect + kAlter);
    const Holder reader(project.url(), kSelect);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_TRUE(contains(outcome.err, "not tried again: the script has done what a rollback does not undo"));
  }
  EXPECT_EQ(project.value("SELECT count(*) FROM outside"), "1");
  EXPECT_EQ(project.read("outside.txt"), "once\n");
  migration("lock_timeout = '100ms', repeatable = true", command + kAlter);
  const Holder reader(project.url(), kSelect, milliseconds(500));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_NE(project.read("outside.txt"), "once\nonce\n");
}

TEST_F(WaitingTest, TheLoserOfADeadlockIsTriedAgain) {
  project.value("CREATE TABLE u (n integer)");
  migration("lock_timeout = '0', max_blocked_time = '0'",
            "db:execute 'LOCK TABLE t'\nlog.info 'now inside'\ndb:value 'SELECT pg_sleep(0.5)'\n"
            "db:execute 'ALTER TABLE u ADD COLUMN added integer'");
  const auto other = open_connection(project.url());
  other->begin();
  other->execute("SET LOCAL deadlock_timeout = '10s'");
  other->execute("LOCK TABLE u");
  Process process(project.command({"up"}));
  ASSERT_TRUE(process.wait_for("now inside"));
  other->execute("LOCK TABLE t");
  other->rollback();
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "a lock was not free (deadlock detected)"));
}

TEST_F(WaitingTest, CtrlCEndsAMigrationThatTheGuardIsWatching) {
  migration("max_blocked = 100", std::string(kAlter) + "\nlog.info 'now inside'\ndb:execute 'SELECT pg_sleep(30)'");
  Traffic traffic(project.url(), kSelect, 3);
  Process process(project.command({"up"}));
  ASSERT_TRUE(process.wait_for("now inside"));
  std::this_thread::sleep_for(milliseconds(500));
  process.signal(SIGINT);
  EXPECT_TRUE(exits(process.wait(), 130));
  EXPECT_FALSE(has_column("added"));
}

}  // namespace
}  // namespace tide::test
