// The lie: a proxy takes COMMIT to the server and cuts the connection, so that the answer never arrives. Nobody on this
// side can know what became of it; `tide` must ask, wait while the COMMIT is still under way, and, when nobody answers,
// say that it does not know.

#include <signal.h>
#include <unistd.h>

#include "fault/effects.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using When = Fault::When;
using Act = Fault::Act;

Fault at_commit(When when, Act act = Act::kReset) {
  Fault fault;
  fault.text = "COMMIT";
  fault.at_end = true;
  fault.when = when;
  fault.act = act;
  return fault;
}

class InDoubtTest : public testing::Test {
 protected:
  void begin_with(const std::string& version) { ASSERT_TRUE(exits(effects.tide({"up", version}), 0)); }
  void begin_with_all() { ASSERT_TRUE(exits(effects.tide({"up"}), 0)); }
  void make_commit_of_0002_slow() {
    effects.project().value(
        "CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2.5); RETURN NULL; END "
        "$$;"
        "CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON effects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN "
        "(NEW.version = '0002') EXECUTE FUNCTION doze()");
  }
  Outcome strike(const Args& args, const Fault& fault) {
    Proxy proxy(shared_cluster().port(), fault);
    const Outcome outcome = effects.tide(args, &proxy);
    EXPECT_TRUE(proxy.struck()) << outcome.all();
    return outcome;
  }
  Effects effects{Engine::kPostgres};
};

TEST_F(InDoubtTest, ACommitThatIsStillUnderWayIsWaitedFor) {
  begin_with("0001");
  make_commit_of_0002_slow();
  const Outcome outcome = strike({"up"}, at_commit(When::kAfter, Act::kClose));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err,
                       "0002 step: the connection was lost during COMMIT; the server says that it was "
                       "committed"));
  effects.expect_done(Effects::kAll);
}

TEST_F(InDoubtTest, ACommitThatOutlivesItsKilledRunIsWaitedForByTheNextUp) {
  begin_with("0001");
  make_commit_of_0002_slow();
  Proxy proxy(shared_cluster().port(), at_commit(When::kAfter, Act::kKill));
  Process process(effects.command({"up"}, &proxy));
  proxy.aim(process.pid());
  EXPECT_EQ(process.wait().signal, SIGKILL);
  EXPECT_EQ(effects.applied(), 1);
  const Outcome next = effects.tide({"up"});
  EXPECT_TRUE(exits(next, 0));
  EXPECT_TRUE(contains(next.err, "a transaction that has written to the history is still open on the server"));
  EXPECT_TRUE(lacks(next.err, "0002"));
  effects.expect_done(Effects::kAll);
}

TEST_F(InDoubtTest, AStatementThatOutlivesItsKilledRunIsWaitedForByTheNextUp) {
  const auto script = [](const char* pause) {
    return std::string(
               "return { transaction = false, up = function(db)\n"
               "db:execute 'CREATE TABLE IF NOT EXISTS late (n integer)'\nlog.info 'now inside'\n"
               "db:execute [[INSERT INTO late SELECT 1 FROM pg_sleep(") +
           pause + ") WHERE NOT EXISTS (SELECT FROM late)]]\nend }\n";
  };
  Project& project = effects.project();
  begin_with_all();
  project.write("migrations/0013_late.lua", script("2"));
  Process process(project.command({"up"}));
  ASSERT_TRUE(process.wait_for("now inside"));
  usleep(200'000);
  process.signal(SIGKILL);
  process.wait();
  project.write("migrations/0013_late.lua", script("0"));
  const Outcome next = project.tide({"up"});
  EXPECT_TRUE(exits(next, 0));
  EXPECT_TRUE(contains(next.err, "waiting: 0013 late is running (up)"));
  EXPECT_EQ(project.value("SELECT count(*) FROM late"), "1");
}

TEST_F(InDoubtTest, ARunInOneTransactionIsCommittedAsAWhole) {
  effects.project().remove("migrations/0007_step.lua");
  begin_with("0001");
  const Outcome outcome = strike({"up", "--single-transaction"}, at_commit(When::kAnswered));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "the server says that it was committed"));
  effects.expect_true_history();
  EXPECT_EQ(effects.applied(), Effects::kAll - 1);
}

TEST_F(InDoubtTest, ARunInOneTransactionIsRolledBackAsAWhole) {
  effects.project().remove("migrations/0007_step.lua");
  begin_with("0001");
  const Outcome outcome = strike({"up", "--single-transaction"}, at_commit(When::kBefore));
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "not committed"));
  effects.expect_done(1);
}

TEST_F(InDoubtTest, TheRecordOfAMigrationWithoutTransactionIsAskedAboutToo) {
  begin_with("0006");
  const Outcome outcome = strike({"up"}, at_commit(When::kAnswered));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "0007 step: the connection was lost during COMMIT; the server says"));
  effects.expect_done(Effects::kAll);
}

TEST_F(InDoubtTest, AMigrationWithoutTransactionThatLostItsConnectionIsTakenOnByTheNextUp) {
  begin_with("0006");
  const Outcome outcome = strike({"up"}, at_commit(When::kBefore));
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "not committed"));
  EXPECT_TRUE(contains(outcome.err, "is recorded as running"));
  EXPECT_TRUE(lacks(outcome.err, "is recorded as failed"));
  effects.finish_up();
}

TEST_F(InDoubtTest, WhatNobodyAnswersIsSaidToBeUnknownAndStatusKnowsIt) {
  begin_with("0001");
  Fault fault = at_commit(When::kAnswered);
  fault.every_connection = fault.refuse = true;
  Proxy proxy(shared_cluster().port(), fault);
  Process process(effects.command({"up"}, &proxy));
  ASSERT_TRUE(process.wait_for("asking the server whether it was committed"));
  process.signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "whether it was committed is not known"));
  EXPECT_TRUE(contains(outcome.err, "status"));
  EXPECT_EQ(effects.project().applied(), "0001 0002");
  effects.finish_up();
}

TEST_F(InDoubtTest, AServerThatIsBackInTimeIsAsked) {
  begin_with("0001");
  Fault fault = at_commit(When::kAnswered);
  fault.refuse = true;
  Proxy proxy(shared_cluster().port(), fault);
  Process process(effects.command({"up"}, &proxy));
  ASSERT_TRUE(process.wait_for("asking the server whether it was committed"));
  EXPECT_FALSE(process.wait_for("the server says", std::chrono::milliseconds(700)));
  proxy.allow();
  EXPECT_TRUE(exits(process.wait(), 0));
  effects.expect_done(Effects::kAll);
}

}  // namespace
}  // namespace tide::test
