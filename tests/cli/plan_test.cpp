#include <regex>

#include "cli/project.h"

namespace tide::test {
namespace {

std::string hash_in(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("\\b[0-9a-f]{64}\\b")) ? found.str() : "";
}

class PlanTest : public OnEngine {
 protected:
  PlanTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
      db:execute "CREATE TABLE two (n integer, note text)"
      db:execute("INSERT INTO two (n, note) VALUES ($1, $2)", 4711, "it's bound")
      db:execute("INSERT INTO two (n) SELECT n FROM two")
      print("two rows now: " .. db:value "SELECT count(*) FROM two"))lua"));
  }
  // `plan --sql` with one migration more.
  Outcome plan_sql_with(const std::string& third, const std::string& suffix = ".lua") const {
    project.write("migrations/20250101000003_three" + suffix, third);
    return project.tide({"plan", "--sql"});
  }
};
TIDE_ON_BOTH_ENGINES(PlanTest);

TEST_P(PlanTest, ListsTheStepsOnStdoutAndChangesNothing) {
  const Outcome outcome = project.tide({"plan"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_LT(outcome.out.find("20250101000001"), outcome.out.find("20250101000002"));
  EXPECT_TRUE(contains(outcome.out, "two"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(PlanTest, UpToAVersionHasNoStepBeyondIt) {
  const Outcome outcome = project.tide({"plan", "20250101000001"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "20250101000001"));
  EXPECT_TRUE(lacks(outcome.out, "20250101000002"));
}

TEST_P(PlanTest, WithNothingPendingSaysSoAndIsFine) {
  project.tide({"up"});
  const Outcome outcome = project.tide({"plan"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.out, "20250101000001"));
  EXPECT_NE(outcome.all(), "");
}

TEST_P(PlanTest, IsOneJsonDocumentWithTheStepsAndTheHash) {
  const Json plan = project.json({"plan"});
  ASSERT_EQ(plan["steps"].size(), 2u) << plan.dump(2);
  EXPECT_EQ(plan["steps"][0].value("version", ""), "20250101000001");
  EXPECT_EQ(plan["steps"][0].value("direction", ""), "up");
  EXPECT_EQ(plan.value("hash", "").size(), 64u);
}

TEST_P(PlanTest, SqlPrintsEveryStatementWithItsBoundValuesRowsAndTheHash) {
  const Outcome outcome = project.tide({"plan", "--sql"});
  EXPECT_TRUE(exits(outcome, 0));
  for (const char* part : {"CREATE TABLE one (n integer)", "CREATE TABLE two (n integer, note text)",
                           "INSERT INTO two (n, note) VALUES ($1, $2)", "4711", "'it''s bound'",
                           "SELECT count(*) FROM two", "1 row", "ms"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
  EXPECT_NE(hash_in(outcome.out), "") << outcome.out;
}

TEST_P(PlanTest, SqlRunsAndLeavesNothing) {
  EXPECT_TRUE(contains(project.tide({"plan", "--sql"}).all(), "two rows now: 2"));
  EXPECT_EQ(project.tables(), "");
  EXPECT_EQ(project.applied(), "");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_P(PlanTest, SqlDoesNotPrintTheEnginesOwnStatements) {
  EXPECT_TRUE(lacks(project.tide({"plan", "--sql"}).out, "tide_"));
  EXPECT_TRUE(lacks(project.tide({"plan", "--sql"}).out, "tide."));
}

TEST_P(PlanTest, SqlOfAMigrationThatFailsSaysWhereAndLeavesNothing) {
  const Outcome outcome = plan_sql_with(sql_migration("CREATE TABLE one (n integer)"));
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "20250101000003_three.lua"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(PlanTest, SqlOfAMigrationWithoutTransactionIsRolledBackToo) {
  const Outcome outcome = plan_sql_with(
      "return { transaction = false, up = function(db) db:execute 'CREATE TABLE three (n integer)' end }");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "CREATE TABLE three"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(PlanTest, SqlDoesNotVerifyWhatWasRecordedAndNotDone) {
  const Outcome outcome = plan_sql_with(
      "return { transaction = false, up = function(db) db:execute 'VACUUM' end,\n"
      "verify = function() error 'looked at what is not there' end }");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "20250101000003 three: verify is not run, because statements were recorded"));
  EXPECT_TRUE(lacks(outcome.err, "looked at what is not there"));
}

TEST_P(PlanTest, SqlShowsTheStatementsOfSqlFiles) {
  const Outcome outcome = plan_sql_with("CREATE TABLE three (n integer);\nINSERT INTO three VALUES (3);\n", ".sql");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "INSERT INTO three VALUES (3)"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(PlanTest, HashIsTheSameForTheSamePlanAndAnotherAfterAnEdit) {
  const std::string hash = hash_in(project.tide({"plan", "--sql"}).out);
  EXPECT_EQ(hash_in(project.tide({"plan"}).out), hash);
  EXPECT_EQ(project.json({"plan"}).value("hash", ""), hash);
  project.write("migrations/20250101000001_one.lua", creates("uno"));
  EXPECT_NE(project.json({"plan"}).value("hash", ""), hash);
}

TEST_P(PlanTest, UpRunsTheApprovedPlan) {
  const std::string hash = project.json({"plan"}).value("hash", "");
  EXPECT_TRUE(exits(project.tide({"up", "--plan", hash}), 0));
  EXPECT_EQ(project.tables(), "one two");
}

TEST_P(PlanTest, UpRefusesAnotherPlanThanTheApprovedOne) {
  const std::string hash = project.json({"plan"}).value("hash", "");
  project.write("migrations/20250101000003_three.lua", creates("three"));
  const Outcome outcome = project.tide({"up", "--plan", hash});
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_TRUE(contains(outcome.err, hash.substr(0, 8)));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(PlanTest, UpRefusesAHashThatIsNone) {
  EXPECT_NE(project.tide({"up", "--plan", "0000"}).code, 0);
  EXPECT_NE(project.tide({"up", "--plan", ""}).code, 0);
  EXPECT_EQ(project.tables(), "");
}

}  // namespace
}  // namespace tide::test
