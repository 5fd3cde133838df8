#include <unistd.h>

#include "cli/project.h"

namespace tide::test {
namespace {

class UpTest : public OnEngine {
 protected:
  UpTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", creates("two"));
    project.write("migrations/20250101000003_three.lua", creates("three"));
  }
};
TIDE_ON_BOTH_ENGINES(UpTest);

TEST_P(UpTest, AppliesEverythingPendingInOrderAndTellsOnStderr) {
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_LT(outcome.err.find("20250101000001"), outcome.err.find("20250101000003"));
  EXPECT_TRUE(lacks(outcome.out, "20250101000001"));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002 20250101000003");
}

TEST_P(UpTest, AScriptThatWantsMoreMemoryThanAllowedFailsCleanly) {
  project.write("migrations/20250101000004_greedy.lua",
                lua_migration("local held = {} for i = 1, 1e7 do held[i] = ('x'):rep(1000) .. i end"));
  const Outcome outcome = project.tide({"up", "--memory-limit", "64MB"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "not enough memory"));
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002 20250101000003");
}

TEST_P(UpTest, APlanThatWasAppliedMayBeAskedForAgain) {
  const std::string hash = project.json({"plan"})["hash"];
  EXPECT_TRUE(exits(project.tide({"up", "--plan", hash}), 0));
  EXPECT_TRUE(exits(project.tide({"up", "--plan", hash}), 0));
}

TEST_P(UpTest, AdviceAfterAFailureRepeatsWhichEnvironmentItWasFor) {
  project.write("migrations/20250101000004_bad.lua", lua_migration("error 'no'"));
  const Outcome outcome = project.tide({"-e", "dev", "up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "tide -e dev up"));
}

TEST_P(UpTest, AFailedStepIsInTheJsonAsFailed) {
  project.write("migrations/20250101000004_bad.lua", lua_migration("error 'no'"));
  const Outcome outcome = project.tide({"up", "--json"});
  const Json steps = parse_json(outcome.out)["steps"];
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[2]["state"], "applied");
  EXPECT_EQ(steps[3]["state"], "failed");
}

TEST_P(UpTest, AdditiveOnlyRefusesWhatDisappearsOrNarrowsAndKeepsNothing) {
  const std::string head = "return { additive_only = true, up = function(db) ";
  const std::pair<const char*, const char*> cases[] = {
      {"db:execute 'ALTER TABLE one RENAME TO uno'", "table"},
      {"db:execute 'DROP TABLE two'", "two"},
      {"db:execute 'ALTER TABLE one RENAME COLUMN n TO m'", "one.n is gone"},
  };
  for (const auto& [statement, said] : cases) {
    project.write("migrations/20250101000004_less.lua", head + statement + " end }");
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 4));
    EXPECT_TRUE(contains(outcome.err, "additive_only"));
    EXPECT_TRUE(contains(outcome.err, said));
    EXPECT_EQ(project.tables(), "one three two");
  }
  project.write(
      "migrations/20250101000004_less.lua",
      head + "db:execute 'CREATE TABLE four (n integer)' db:execute 'ALTER TABLE one ADD COLUMN m integer' end }");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_P(UpTest, AgainDoesNothingAndSaysSo) {
  project.tide({"up"});
  const Outcome again = project.tide({"up"});
  EXPECT_TRUE(exits(again, 0));
  EXPECT_NE(again.err, "");
  EXPECT_TRUE(lacks(again.err, "20250101000001"));
}

TEST_P(UpTest, ToAVersionStopsThere) {
  EXPECT_TRUE(exits(project.tide({"up", "20250101000002"}), 0));
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002");
  EXPECT_TRUE(exits(project.tide({"up", "20250101000002"}), 0));
  EXPECT_EQ(project.tables(), "one two");
}

TEST_P(UpTest, AppliesAsManyAsAsked) {
  EXPECT_TRUE(exits(project.tide({"up", "-n", "1"}), 0));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_TRUE(exits(project.tide({"up", "-n", "2"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_TRUE(exits(project.tide({"up", "-n", "99"}), 0));
}

TEST_P(UpTest, JsonHasTheDocumentedShape) {
  project.write("migrations/20250101000003_three.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE three (n integer)"
    db:execute "INSERT INTO three VALUES (1), (2)")lua"));
  const Json up = project.json({"up"});
  EXPECT_FALSE(up["run"].is_null());
  EXPECT_EQ(up.value("environment", ""), "dev");
  EXPECT_TRUE(up["error"].is_null());
  ASSERT_EQ(up["steps"].size(), 3u) << up.dump(2);
  const Json& step = up["steps"][2];
  EXPECT_EQ(step.value("version", ""), "20250101000003");
  EXPECT_EQ(step.value("name", ""), "three");
  EXPECT_EQ(step.value("direction", ""), "up");
  EXPECT_EQ(step.value("state", ""), "applied");
  EXPECT_EQ(step["statements"], 2);
  EXPECT_EQ(step["rows"], 2);
  EXPECT_TRUE(step["duration_ms"].is_number());
}

TEST_P(UpTest, JsonWithNothingToDoHasNoSteps) {
  project.tide({"up"});
  const Json up = project.json({"up"});
  EXPECT_EQ(up["steps"], Json::array());
  EXPECT_TRUE(up["error"].is_null());
}

TEST_P(UpTest, AFailedMigrationIsRolledBackAndTheEarlierOnesStay) {
  project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE half (n integer)"
    db:execute "INSERT INTO one VALUES (1)"
    error "stop here")lua"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "stop here"));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.value("SELECT count(*) FROM one"), "0");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_P(UpTest, JsonOfAFailureNamesItInTheError) {
  project.write("migrations/20250101000002_two.lua", sql_migration("INSERT INTO nowhere VALUES (1)"));
  const Outcome outcome = project.tide({"up", "--json"});
  EXPECT_TRUE(exits(outcome, 1));
  const Json up = parse_json(outcome.out);
  ASSERT_TRUE(up["error"].is_object()) << outcome.out;
  EXPECT_EQ(up["error"].value("kind", ""), "sql");
  EXPECT_TRUE(contains(up["error"].value("message", ""), "nowhere"));
  EXPECT_TRUE(contains(up["error"].value("statement", ""), "INSERT INTO nowhere"));
  EXPECT_TRUE(contains(up["error"].value("file", ""), "20250101000002_two.lua"));
  EXPECT_EQ(up["error"]["line"], 2);
  EXPECT_TRUE(contains(up["error"].value("step", ""), "20250101000002"));
  EXPECT_TRUE(up["error"]["next"].is_array());
  EXPECT_TRUE(up["error"]["done"].is_array());
  if (project.on_postgres()) {
    EXPECT_EQ(up["error"].value("sqlstate", ""), "42P01");
    EXPECT_EQ(up["error"]["position"], 13);
  }
  ASSERT_GE(up["steps"].size(), 1u);
  EXPECT_EQ(up["steps"][0].value("state", ""), "applied");
}

TEST_P(UpTest, SingleTransactionIsAllOrNothing) {
  project.write("migrations/20250101000003_three.lua", sql_migration("INSERT INTO nowhere VALUES (1)"));
  EXPECT_TRUE(exits(project.tide({"up", "--single-transaction"}), 1));
  EXPECT_EQ(project.tables(), "");
  EXPECT_EQ(project.applied(), "");
  project.write("migrations/20250101000003_three.lua", creates("three"));
  EXPECT_TRUE(exits(project.tide({"up", "--single-transaction"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002 20250101000003");
}

TEST_P(UpTest, SingleTransactionRefusesAMigrationThatOptsOut) {
  project.write("migrations/20250101000003_three.lua",
                "return { transaction = false, up = function(db) db:execute 'CREATE TABLE three (n integer)' end }");
  const Outcome outcome = project.tide({"up", "--single-transaction"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "20250101000003"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(UpTest, SqlFilesAreMigrationsToo) {
  project.write("migrations/20250101000004_four.up.sql", "CREATE TABLE four (n integer);\n");
  project.write("migrations/20250101000004_four.down.sql", "DROP TABLE four;\n");
  project.write(
      "migrations/20250101000005_five.sql",
      "-- tide:up\nCREATE TABLE five (n integer);\nINSERT INTO five VALUES (5);\n-- tide:down\nDROP TABLE five;\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "five four one three two");
  EXPECT_EQ(project.value("SELECT n FROM five"), "5");
  EXPECT_TRUE(exits(project.tide({"down", "-n", "2"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(UpTest, FilesWithoutAVersionAreNoMigrations) {
  project.write("migrations/README.md", "hello");
  project.write("migrations/helper.lua", "this is not Lua");
  project.write("migrations/20250101000004_note.txt", "not this either");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(UpTest, WorksTwiceAtTheSameTimeWithoutRunningAnythingTwice) {
  Process first(project.command({"up"}));
  Process second(project.command({"up"}));
  EXPECT_TRUE(exits(first.wait(), 0));
  EXPECT_TRUE(exits(second.wait(), 0));
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002 20250101000003");
}

TEST_P(UpTest, WaitsForTheOtherMigratorAndGivesUpInTimeSayingWhoHoldsTheLock) {
  project.write("migrations/20250101000000_slow.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE slow (n integer)"
    log.info "now inside"
    db:value "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000000) SELECT count(*) FROM c")lua"));
  Process first(project.command({"up"}));
  ASSERT_TRUE(first.wait_for("now inside"));
  const Outcome second = project.tide({"up", "--lock-timeout", "200ms"});
  EXPECT_TRUE(exits(second, 3));
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  EXPECT_TRUE(contains(second.err, host));
  EXPECT_TRUE(exits(first.wait(), 0));
  EXPECT_EQ(project.applied().substr(0, 14), "20250101000000");
}

TEST_P(UpTest, AMigrationCannotEndTheTransactionItRunsIn) {
  project.write("migrations/20250101000003_three.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE three (n integer)"
    db:execute "COMMIT"
    error "after the commit")lua"));
  EXPECT_NE(project.tide({"up"}).code, 0);
  EXPECT_EQ(project.tables(), "one two");
}

}  // namespace
}  // namespace tide::test
