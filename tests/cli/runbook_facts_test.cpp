#include "cli/runbook_fixture.h"

namespace tide::test {
namespace {

class RunbookFacts : public testing::TestWithParam<Engine>, public RunbookFixture {
 protected:
  RunbookFacts() : RunbookFixture(GetParam()) {
    project.write("scripts/seed.lua",
                  "db:execute 'CREATE TABLE users (id integer PRIMARY KEY, name text)'\n"
                  "for i = 1, 3 do db:execute(\"INSERT INTO users VALUES ($1, 'n')\", i) end");
    EXPECT_TRUE(exits(project.tide({"run", "seed"}), 0));
  }
  // A step that makes a table and adds rows to the one that is there; `facts` stands in the runbook.
  Outcome run_with(const std::string& facts, const std::string& rest = "", const Args& more = {}) const {
    return run_book("facts = " + facts + R"lua(, phases = { { 'Do', { 'Grow',
      up = function(run)
        run.db:execute 'CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users)'
        run.db:execute "INSERT INTO users VALUES (4, 'x')"
      end,
      down = function(run)
        run.db:execute 'DROP TABLE orders'
        run.db:execute 'DELETE FROM users WHERE id = 4'
      end } )lua" + rest +
                        " } }",
                    more);
  }
};
TIDE_ON_BOTH_ENGINES(RunbookFacts);

const char* const kExpected =
    "{ values = { most = 'SELECT max(id) FROM users' }, expected = { tables = 1, columns = 2, constraints = 'any', "
    "indexes = 'any', "
    "rows = { users = 1 }, values = { most = { to = 4 } } } }";

TEST_P(RunbookFacts, ThatChangeAsExpectedAreInTheReport) {
  const Outcome outcome = run_with(kExpected);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "the facts are as expected"));
  const std::string text = report();
  for (const char* part : {"| rows.users | 3 | 4 | +1 | +1 |", "| tables | 1 | 2 | +1 | +1 |", "to be 4",
                           "table orders is only in the schema after", "erDiagram"}) {
    EXPECT_TRUE(contains(text, part));
  }
  EXPECT_TRUE(exits(project.tide({"report", "last", "--verify"}), 0));
}

TEST_P(RunbookFacts, ThatChangeUnexpectedlyFailTheRun) {
  const Outcome outcome = run_with("{ expected = { tables = 1, columns = 2, constraints = 'any', indexes = 'any' } }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "rows.users: expected unchanged, found 3 before and 4 after"));
  EXPECT_TRUE(contains(report(), "| rows.users | 3 | 4 | +1 | unchanged | **not as expected** |"));
  EXPECT_TRUE(contains(project.read(folder() + "report.html"), "<tr class=\"wrong\"><td>rows.users</td>"));
}

TEST_P(RunbookFacts, AreThoseBeforeTheFirstStepAlsoAfterAResume) {
  EXPECT_TRUE(
      exits(run_with(kExpected, ", { 'Bad', up = function() if not fs.exists 'go' then error 'no' end end }"), 1));
  EXPECT_TRUE(contains(report(), "not compared"));
  project.write("go", "");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume"}), 0));
  EXPECT_TRUE(contains(report(), "| rows.users | 3 | 4 | +1 | +1 |"));
}

TEST_P(RunbookFacts, OfARevertedRunSayWhetherTheSchemaIsAsItWas) {
  const Outcome reverted = run_with("{}", ", { 'Bad', up = function() error 'no' end }", {"--on-failure", "revert"});
  EXPECT_TRUE(contains(reverted.err, "the schema is as it was before the run"));
  EXPECT_TRUE(contains(report(), "Nothing differs before and after."));
  const Outcome left = run_with(
      "{}", ", { 'Stays', up = function(run) run.db:execute 'CREATE TABLE left_over (i integer)' error 'no' end }",
      {"--on-failure", "revert"});
  EXPECT_TRUE(contains(left.err, "the schema is not as it was before the run: 1 differences"));
}

TEST_P(RunbookFacts, WithAnImpossibleExpectationAreRefusedBeforeAnythingRuns) {
  const Outcome unknown = run_with("{\n expected = { tabels = 1 } }");
  EXPECT_TRUE(exits(unknown, 2));
  EXPECT_TRUE(contains(unknown.err, "did you mean 'tables'?"));
  EXPECT_TRUE(contains(unknown.err, "scripts/task.lua:5"));
  EXPECT_TRUE(exits(run_with("{ expected = { tables = 'many' } }"), 2));
  EXPECT_TRUE(exits(run_with("{ rowz = true }"), 2));
  EXPECT_EQ(project.tables(), "users");
}

TEST_P(RunbookFacts, ASchemaThatWasEditedIsNoticed) {
  EXPECT_TRUE(exits(run_with(kExpected), 0));
  const std::string file = folder() + "schema_before.json";
  project.write(file, project.read(file) + " ");
  const Outcome outcome = project.tide({"report", "last", "--verify"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the schema was changed since it was written"));
  EXPECT_TRUE(lacks(report(), "erDiagram"));
}

}  // namespace
}  // namespace tide::test
