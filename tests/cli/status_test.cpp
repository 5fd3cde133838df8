#include "cli/project.h"

namespace tide::test {
namespace {

class StatusTest : public OnEngine {
 protected:
  StatusTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", creates("two"));
  }
};
TIDE_ON_BOTH_ENGINES(StatusTest);

TEST_P(StatusTest, OfAnEmptyProjectIsQuietlyFine) {
  project.remove("migrations");
  project.write("migrations/.keep", "");
  EXPECT_TRUE(exits(project.tide({"status"}), 0));
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 0));
  EXPECT_EQ(project.json({"status"})["pending"].size(), 0u);
}

TEST_P(StatusTest, ShowsVersionsNamesAndStatesOnStdout) {
  project.tide({"up", "-n", "1"});
  const Outcome outcome = project.tide({"status"});
  EXPECT_TRUE(exits(outcome, 0));
  for (const char* part : {"20250101000001", "one", "applied", "20250101000002", "two", "pending"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
}

TEST_P(StatusTest, JsonHasTheDocumentedShapeBeforeAnythingRan) {
  const Json status = project.json({"status"});
  EXPECT_EQ(status.value("environment", ""), "dev");
  EXPECT_EQ(status.value("engine", ""), project.on_postgres() ? "postgres" : "sqlite");
  EXPECT_TRUE(status.contains("current"));
  EXPECT_TRUE(status["current"].is_null()) << status.dump();
  EXPECT_EQ(status["applied"], Json::array());
  EXPECT_EQ(status["problems"], Json::array());
  const Json pending = {{{"version", "20250101000001"}, {"name", "one"}},
                        {{"version", "20250101000002"}, {"name", "two"}}};
  EXPECT_EQ(status["pending"], pending);
}

TEST_P(StatusTest, JsonHasTheDocumentedShapeOfAnAppliedVersion) {
  project.tide({"up", "-n", "1"});
  const Json status = project.json({"status"});
  EXPECT_EQ(status["current"], "20250101000001");
  ASSERT_EQ(status["applied"].size(), 1u) << status.dump();
  const Json& entry = status["applied"][0];
  EXPECT_EQ(entry.value("version", ""), "20250101000001");
  EXPECT_EQ(entry.value("name", ""), "one");
  EXPECT_EQ(entry.value("state", ""), "applied");
  EXPECT_EQ(entry.value("checksum", "").size(), 64u);
  EXPECT_EQ(entry.value("applied_at", "").substr(0, 2), "20");
  EXPECT_TRUE(entry["duration_ms"].is_number());
}

TEST_P(StatusTest, ExitCodeIsFiveWhilePendingAndZeroAfterwards) {
  EXPECT_TRUE(exits(project.tide({"status"}), 0));
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 5));
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code", "--json"}), 5));
  project.tide({"up"});
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 0));
}

TEST_P(StatusTest, ExitCodeIsFiveWhenSomethingIsWrong) {
  project.tide({"up"});
  project.write("migrations/20250101000001_one.lua", creates("another"));
  EXPECT_TRUE(exits(project.tide({"status"}), 0));
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 5));
}

TEST_P(StatusTest, WorksFromAFolderInsideTheProject) {
  project.tide({"up", "-n", "1"});
  project.write("deep/er/file", "");
  Command command = project.command({"status", "--json"});
  command.directory = project.path("deep/er");
  const Outcome outcome = run(command);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["current"], "20250101000001");
}

TEST_P(StatusTest, WorksFromElsewhereWithTheProjectFlag) {
  project.tide({"up", "-n", "1"});
  Command command = project.command({"-C", project.path(), "status", "--json"});
  command.directory = "/";
  EXPECT_EQ(parse_json(run(command).out)["current"], "20250101000001");
}

TEST_P(StatusTest, ChangesNothing) {
  project.tide({"status"});
  EXPECT_EQ(project.tables(), "");
}

TEST_P(StatusTest, ListsVersionsOfOtherToolsInNumericOrder) {
  project.write("migrations/9_nine.lua", creates("nine"));
  project.write("migrations/010_ten.lua", creates("ten"));
  const Json pending = project.json({"status"})["pending"];
  ASSERT_EQ(pending.size(), 4u);
  EXPECT_EQ(pending[0].value("name", ""), "nine");
  EXPECT_EQ(pending[1].value("name", ""), "ten");
}

}  // namespace
}  // namespace tide::test
