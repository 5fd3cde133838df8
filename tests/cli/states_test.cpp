#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kOne = "migrations/20250101000001_one.lua";
const char* const kTwo = "migrations/20250101000002_two.lua";
const char* const kThree = "migrations/20250101000003_three.lua";

class StatesTest : public OnEngine {
 protected:
  StatesTest() {
    project.write(kOne, creates("one"));
    project.write(kTwo, creates("two"));
  }
  // The problem of this kind; a failure of the test when there is none.
  Json problem(const std::string& kind) {
    const Json status = project.json({"status"});
    for (const auto& found : status.value("problems", Json::array())) {
      if (found.value("kind", "") == kind) return found;
    }
    ADD_FAILURE() << "no problem of kind " << kind << " in " << status.dump(2);
    return Json::object();
  }
};
TIDE_ON_BOTH_ENGINES(StatesTest);

TEST_P(StatesTest, AnAppliedVersionWithoutItsFileIsMissing) {
  project.tide({"up"});
  project.remove(kTwo);
  EXPECT_EQ(problem("missing").value("version", ""), "20250101000002");
  EXPECT_TRUE(contains(problem("missing").value("message", ""), "two"));
  EXPECT_TRUE(contains(project.tide({"status"}).out, "missing"));
}

TEST_P(StatesTest, AMissingVersionIsRevertedFromTheStoredSource) {
  project.tide({"up"});
  project.remove(kTwo);
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.json({"status"})["problems"], Json::array());
}

TEST_P(StatesTest, AChangedFileIsDivergent) {
  project.tide({"up"});
  project.write(kOne, creates("another"));
  EXPECT_EQ(problem("divergent").value("version", ""), "20250101000001");
  EXPECT_TRUE(contains(project.tide({"status"}).out, "divergent"));
}

TEST_P(StatesTest, ADivergentVersionNeverPassesInSilence) {
  project.tide({"up"});
  project.write(kOne, creates("another"));
  project.write(kThree, creates("three"));
  EXPECT_TRUE(contains(project.tide({"up"}).err, "20250101000001"));
  EXPECT_EQ(project.value("SELECT count(*) FROM one"), "0");
}

TEST_P(StatesTest, AnEditOfCommentsOrWhiteSpaceIsCosmeticAndStopsNothing) {
  project.tide({"up"});
  project.write(kOne, "-- why this table\n\n" + creates("one") + "   -- the end\n");
  EXPECT_EQ(problem("cosmetic").value("version", ""), "20250101000001");
  project.write(kThree, creates("three"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(StatesTest, AnEditInsideAStringIsNotCosmetic) {
  project.write(kThree, lua_migration("db:execute 'CREATE TABLE three (n integer)'"));
  project.tide({"up"});
  project.write(kThree, lua_migration("db:execute 'CREATE TABLE  three (n integer)'"));
  EXPECT_EQ(problem("divergent").value("version", ""), "20250101000003");
}

TEST_P(StatesTest, AnEditOfCommentsInSqlIsCosmetic) {
  project.write("migrations/20250101000003_three.sql", "CREATE TABLE three (n integer);\n");
  project.tide({"up"});
  project.write("migrations/20250101000003_three.sql", "-- the third\nCREATE TABLE three\n  (n integer);\n");
  EXPECT_EQ(problem("cosmetic").value("version", ""), "20250101000003");
}

TEST_P(StatesTest, APendingVersionBelowTheCurrentIsOutOfOrderAndNeedsLeave) {
  project.remove(kOne);
  project.tide({"up"});
  project.write(kOne, creates("one"));
  EXPECT_EQ(problem("out_of_order").value("version", ""), "20250101000001");
  const Outcome refused = project.tide({"up"});
  EXPECT_TRUE(exits(refused, 1));
  EXPECT_TRUE(contains(refused.err, "20250101000001"));
  EXPECT_TRUE(contains(refused.err, "--allow-out-of-order"));
  EXPECT_EQ(project.tables(), "two");
  EXPECT_TRUE(exits(project.tide({"up", "--allow-out-of-order"}), 0));
  EXPECT_EQ(project.tables(), "one two");
  EXPECT_EQ(project.json({"status"})["problems"], Json::array());
}

TEST_P(StatesTest, OneVersionInTwoFilesIsRefusedBeforeAnythingRuns) {
  project.write("migrations/20250101000002_deux.lua", creates("deux"));
  const Outcome status = project.tide({"status"});
  EXPECT_TRUE(exits(status, 0));
  EXPECT_TRUE(contains(status.out, "duplicate"));
  const Json found = problem("duplicate");
  EXPECT_TRUE(contains(found.value("message", ""), "two"));
  EXPECT_TRUE(contains(found.value("message", ""), "deux"));
  const Outcome up = project.tide({"up"});
  EXPECT_NE(up.code, 0);
  EXPECT_TRUE(contains(up.err, "20250101000002_two.lua"));
  EXPECT_TRUE(contains(up.err, "20250101000002_deux.lua"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(StatesTest, LeadingZerosDoNotMakeAnotherVersion) {
  project.write("migrations/7_seven.lua", creates("seven"));
  project.write("migrations/007_bond.lua", creates("bond"));
  EXPECT_TRUE(contains(problem("duplicate").value("message", ""), "bond"));
  EXPECT_NE(project.tide({"up"}).code, 0);
  EXPECT_EQ(project.tables(), "");
}

TEST_P(StatesTest, ARenamedFileIsSaidAndNotRunAgain) {
  project.tide({"up"});
  project.remove(kTwo);
  project.write("migrations/20250101000002_second.lua", creates("two"));
  const Json status = project.json({"status"});
  EXPECT_EQ(status["pending"], Json::array());
  ASSERT_EQ(status["problems"].size(), 1u) << status.dump(2);
  EXPECT_TRUE(contains(status["problems"][0].value("message", ""), "second"));
}

TEST_P(StatesTest, AFailedMigrationThatHadCommittedStaysAsFailedWithItsError) {
  project.write(
      kThree,
      "return {\n  transaction = false,\n  up = function(db)\n"
      "    db:execute 'CREATE TABLE half (n integer)'\n    db:execute 'SELECT no_such_function_at_all()'\n  end,\n}\n");
  const Outcome up = project.tide({"up"});
  EXPECT_TRUE(exits(up, 1));
  EXPECT_TRUE(contains(up.err, "resolve"));
  EXPECT_EQ(project.tables(), "half one two");
  const Json found = problem("failed");
  EXPECT_EQ(found.value("version", ""), "20250101000003");
  EXPECT_TRUE(contains(project.tide({"status"}).out, "failed"));
  EXPECT_TRUE(contains(project.tide({"history"}).out, "no_such_function_at_all"));
}

TEST_P(StatesTest, UpRefusesToGoOnAfterAFailedMigrationUntilItIsResolved) {
  project.write(kTwo, "return { transaction = false, up = function(db) db:execute 'SELECT nope()' end }\n");
  project.write(kThree, creates("three"));
  project.tide({"up"});
  const Outcome again = project.tide({"up"});
  EXPECT_TRUE(exits(again, 1));
  EXPECT_TRUE(contains(again.err, "20250101000002"));
  EXPECT_TRUE(contains(again.err, "tide resolve"));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(StatesTest, AnIrreversibleMigrationSaysWhyAndStaysApplied) {
  project.write(kThree,
                "return {\n  up = function(db) db:execute 'CREATE TABLE three (n integer)' end,\n"
                "  down = irreversible \"the old rates are gone for good\",\n}\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  const Outcome down = project.tide({"down"});
  EXPECT_NE(down.code, 0);
  EXPECT_TRUE(contains(down.err, "the old rates are gone for good"));
  EXPECT_TRUE(contains(down.err, "20250101000003"));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_TRUE(contains(project.applied(), "20250101000003"));
}

TEST_P(StatesTest, SeveralDownsOverAnIrreversibleOneRevertNothing) {
  project.write(
      "migrations/20250101000000_zero.lua",
      "return { up = function(db) db:execute 'CREATE TABLE zero (n integer)' end, down = irreversible 'because' }");
  project.tide({"up"});
  const Outcome down = project.tide({"down", "-n", "3"});
  EXPECT_NE(down.code, 0);
  EXPECT_TRUE(contains(down.err, "because"));
  EXPECT_EQ(project.tables(), "one two zero");
}

TEST_P(StatesTest, AMigrationWithoutDownIsNotRevertedInSilence) {
  project.write(kThree, "return { up = function(db) db:execute 'CREATE TABLE three (n integer)' end }\n");
  project.tide({"up"});
  const Outcome down = project.tide({"down"});
  EXPECT_NE(down.code, 0);
  EXPECT_TRUE(contains(down.err, "20250101000003"));
  EXPECT_EQ(project.tables(), "one three two");
}

}  // namespace
}  // namespace tide::test
