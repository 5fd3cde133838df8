#include "cli/project.h"

namespace tide::test {
namespace {

class DownTest : public OnEngine {
 protected:
  DownTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", creates("two"));
    project.write("migrations/20250101000003_three.lua", creates("three"));
    project.tide({"up"});
  }
};
TIDE_ON_BOTH_ENGINES(DownTest);

TEST_P(DownTest, RevertsTheLastOne) {
  const Outcome outcome = project.tide({"down"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "20250101000003"));
  EXPECT_EQ(project.tables(), "one two");
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002");
}

TEST_P(DownTest, RevertsAsManyAsAsked) {
  EXPECT_TRUE(exits(project.tide({"down", "-n", "2"}), 0));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(DownTest, ToAVersionLeavesThatVersionApplied) {
  EXPECT_TRUE(exits(project.tide({"down", "--to", "20250101000001"}), 0));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_P(DownTest, ToZeroRevertsEverything) {
  EXPECT_TRUE(exits(project.tide({"down", "--to", "0"}), 0));
  EXPECT_EQ(project.tables(), "");
  EXPECT_EQ(project.applied(), "");
}

TEST_P(DownTest, ToAnUnknownVersionIsAUsageErrorAndToAPendingOneRevertsNothing) {
  EXPECT_TRUE(exits(project.tide({"down", "--to", "20990101000000"}), 2));
  project.write("migrations/20250101000004_four.lua", creates("four"));
  project.tide({"down", "--to", "20250101000004"});
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(DownTest, WithNothingAppliedDoesNothing) {
  project.tide({"down", "-n", "3"});
  const Outcome outcome = project.tide({"down"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_NE(outcome.err, "");
}

TEST_P(DownTest, JsonHasTheDocumentedShape) {
  const Json down = project.json({"down"});
  EXPECT_EQ(down.value("environment", ""), "dev");
  EXPECT_TRUE(down["error"].is_null());
  ASSERT_EQ(down["steps"].size(), 1u) << down.dump(2);
  EXPECT_EQ(down["steps"][0].value("version", ""), "20250101000003");
  EXPECT_EQ(down["steps"][0].value("direction", ""), "down");
  EXPECT_EQ(down["steps"][0].value("state", ""), "reverted");
}

TEST_P(DownTest, AnErrorInsideDownLeavesTheMigrationApplied) {
  project.write("migrations/20250101000004_four.lua",
                "return {\n  up = function(db) db:execute 'CREATE TABLE four (n integer)' end,\n  down = function(db)\n"
                "    db:execute 'DROP TABLE four'\n    error 'no way back'\n  end,\n}\n");
  project.tide({"up"});
  const Outcome outcome = project.tide({"down"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "no way back"));
  EXPECT_TRUE(contains(outcome.err, "20250101000004_four.lua:5"));
  EXPECT_EQ(project.tables(), "four one three two");
  EXPECT_TRUE(contains(project.applied(), "20250101000004"));
}

TEST_P(DownTest, AndUpAgainIsAsItWas) {
  project.tide({"down", "-n", "2"});
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(DownTest, RevertsInTheOrderOfVersionsAlsoAfterAnOutOfOrderUp) {
  project.write("migrations/20250101000000_zero.lua", creates("zero"));
  project.tide({"up", "--allow-out-of-order"});
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_TRUE(exits(project.tide({"status"}), 0));
  EXPECT_EQ(project.json({"status"})["applied"].size(), 3u);
}

TEST_P(DownTest, RedoRunsDownAndUpOfTheLast) {
  EXPECT_EQ(project.value("INSERT INTO three VALUES (3) RETURNING n"), "3");
  const Outcome outcome = project.tide({"redo"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM three"), "0");
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002 20250101000003");
}

TEST_P(DownTest, RedoTakesTheEditedFileUp) {
  project.write("migrations/20250101000003_three.lua",
                sql_migration("CREATE TABLE three (n integer, more text)", "DROP TABLE three"));
  EXPECT_TRUE(exits(project.tide({"redo"}), 0));
  EXPECT_EQ(project.value("SELECT count(more) FROM three"), "0");
  EXPECT_EQ(project.json({"status"})["problems"], Json::array());
}

TEST_P(DownTest, RedoAsJsonHasBothSteps) {
  const Json redo = project.json({"redo"});
  ASSERT_EQ(redo["steps"].size(), 2u) << redo.dump(2);
  EXPECT_EQ(redo["steps"][0].value("direction", ""), "down");
  EXPECT_EQ(redo["steps"][1].value("direction", ""), "up");
}

TEST_P(DownTest, RedoWithNothingAppliedIsNoCrash) {
  project.tide({"down", "--to", "0"});
  const Outcome outcome = project.tide({"redo"});
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(project.tables(), "");
}

}  // namespace
}  // namespace tide::test
