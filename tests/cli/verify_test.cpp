#include "cli/project.h"

namespace tide::test {
namespace {

std::string verified(const std::string& table, const std::string& verify) {
  return "local expect = require \"tide.expect\"\nreturn {\n  up = function(db) db:execute 'CREATE TABLE " + table +
         " (n integer)' end,\n  down = function(db) db:execute 'DROP TABLE " + table +
         "' end,\n  verify = function(db)\n    " + verify + "\n  end,\n}\n";
}

class VerifyTest : public OnEngine {
 protected:
  VerifyTest() {
    project.write("migrations/20250101000001_one.lua",
                  verified("one", "expect.value(db, 'SELECT count(*) FROM one'):equals(0)"));
    project.write("migrations/20250101000002_two.lua", verified("two", "expect.table(db, 'two'):has_columns { 'n' }"));
    project.write("migrations/20250101000003_three.lua", creates("three"));
  }
};
TIDE_ON_BOTH_ENGINES(VerifyTest);

TEST_P(VerifyTest, PassesWhatHolds) {
  project.tide({"up"});
  EXPECT_TRUE(exits(project.tide({"verify"}), 0));
}

TEST_P(VerifyTest, WithNothingAppliedIsFine) { EXPECT_TRUE(exits(project.tide({"verify"}), 0)); }

TEST_P(VerifyTest, FailsWithFourWhenSomethingNoLongerHoldsAndNamesIt) {
  project.tide({"up"});
  project.value("INSERT INTO one VALUES (7) RETURNING n");
  const Outcome outcome = project.tide({"verify"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "20250101000001"));
  EXPECT_TRUE(contains(outcome.err, "SELECT count(*) FROM one"));
  EXPECT_TRUE(contains(outcome.err, "20250101000001_one.lua:6"));
}

TEST_P(VerifyTest, OfOneVersionLooksAtThatOneAlone) {
  project.tide({"up"});
  project.value("INSERT INTO one VALUES (7) RETURNING n");
  EXPECT_TRUE(exits(project.tide({"verify", "20250101000002"}), 0));
  EXPECT_TRUE(exits(project.tide({"verify", "20250101000001"}), 4));
  EXPECT_TRUE(exits(project.tide({"verify", "one"}), 4));
}

TEST_P(VerifyTest, LeavesNothingOfWhatAVerifyFunctionWrites) {
  project.write("migrations/20250101000004_four.lua", verified("four", "db:execute 'INSERT INTO two VALUES (1)'"));
  project.tide({"up"});
  const std::string before = project.value("SELECT count(*) FROM two");
  project.tide({"verify"});
  EXPECT_EQ(project.value("SELECT count(*) FROM two"), before);
}

TEST_P(VerifyTest, OfAnUnknownVersionIsAUsageError) {
  project.tide({"up"});
  EXPECT_TRUE(exits(project.tide({"verify", "20990101000000"}), 2));
}

TEST_P(VerifyTest, IsOneJsonDocument) {
  project.tide({"up"});
  EXPECT_TRUE(contains(project.json({"verify"}).dump(), "20250101000002"));
}

TEST_P(VerifyTest, AFailingVerifyRollsItsMigrationBackAndExitsWithFour) {
  project.write("migrations/20250101000002_two.lua",
                verified("two", "expect.value(db, 'SELECT count(*) FROM two'):equals(12)"));
  const Outcome outcome = project.tide({"up", "--json"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_EQ(parse_json(outcome.out)["error"].value("kind", ""), "verify");
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_P(VerifyTest, AFailingVerifyOfSingleTransactionRollsEverythingBack) {
  project.write("migrations/20250101000003_three.lua", verified("three", "expect.that(false, 'never')"));
  const Outcome outcome = project.tide({"up", "--single-transaction"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "never"));
  EXPECT_EQ(project.tables(), "");
}

// Each line must fail, with exit code 4, and say what was expected and what was found.
TEST_P(VerifyTest, EveryExpectationThatDoesNotHoldFailsAndSaysWhatItSaw) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"expect.table(db, 'nowhere')", "nowhere"},
      {"expect.table(db, 'four'):has_columns { 'n', 'missing_column' }", "missing_column"},
      {"expect.no_table(db, 'four')", "four"},
      {"expect.value(db, 'SELECT 41'):equals(42)", "41"},
      {"expect.value(db, 'SELECT $1', 'seen'):equals('wanted')", "seen"},
      {"expect.value(db, 'SELECT NULL'):equals(1)", "1"},
      {"expect.rows(db, 'SELECT 1 UNION ALL SELECT 2'):count(3)", "3"},
      {"expect.index(db, 'idx_nowhere')", "idx_nowhere"},
      {"expect.count(db, 'four'):equals(9)", "9"},
      {"expect.that(false, 'the sky is blue')", "the sky is blue"},
      {"expect.that(nil, 'nil is false too')", "nil is false too"},
      {"error 'a plain error'", "a plain error"},
      {"db:execute 'SELECT no_such_thing_here'", "no_such_thing_here"},
  };
  project.tide({"up"});
  for (const auto& [line, said] : cases) {
    project.write("migrations/20250101000004_four.lua", verified("four", line));
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 4)) << line;
    EXPECT_TRUE(contains(outcome.err, said)) << line;
    EXPECT_TRUE(contains(outcome.err, "20250101000004_four.lua:6")) << line;
  }
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(VerifyTest, ExpectationsThatHoldPass) {
  project.write("migrations/20250101000004_four.lua", verified("four", R"lua(
    expect.table(db, "four"):has_columns { "n" }
    expect.no_table(db, "nowhere")
    expect.value(db, "SELECT 42"):equals(42)
    expect.value(db, "SELECT 'x'"):equals("x")
    expect.rows(db, "SELECT 1 UNION ALL SELECT 2"):count(2)
    expect.rows(db, "SELECT n FROM four"):count(0)
    expect.count(db, "four"):equals(0)
    db:execute "CREATE INDEX idx_four ON four (n)"
    expect.index(db, "idx_four")
    expect.that(true, "fine"))lua"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_P(VerifyTest, AnAssertionInsideUpIsAVerificationFailureToo) {
  project.write(
      "migrations/20250101000004_four.lua",
      "local expect = require 'tide.expect'\n" +
          lua_migration("db:execute 'CREATE TABLE four (n integer)'\nexpect.that(false, 'seventeen tables')"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "seventeen tables"));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(VerifyTest, AFailedVerifyWithoutTransactionStaysAsFailed) {
  project.write("migrations/20250101000004_four.lua",
                "return { transaction = false, up = function(db) db:execute 'CREATE TABLE four (n integer)' end,\n"
                "verify = function(db) error 'not like this' end }");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "not like this"));
  EXPECT_EQ(project.tables(), "four one three two");
  EXPECT_TRUE(contains(project.tide({"status"}).out, "failed"));
}

}  // namespace
}  // namespace tide::test
