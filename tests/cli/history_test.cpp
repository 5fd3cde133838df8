#include <unistd.h>

#include "cli/project.h"

namespace tide::test {
namespace {

class HistoryTest : public OnEngine {
 protected:
  HistoryTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", creates("two"));
    project.write("migrations/20250101000003_three.lua", creates("three"));
  }
  std::string problems() { return project.json({"status"})["problems"].dump(); }
};
TIDE_ON_BOTH_ENGINES(HistoryTest);

TEST_P(HistoryTest, OfAnEmptyDatabaseIsEmpty) {
  const Outcome outcome = project.tide({"history"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.out, "2025"));
  EXPECT_TRUE(exits(project.tide({"history", "--json"}), 0));
}

TEST_P(HistoryTest, TellsEveryEventWhoAndFromWhichHost) {
  project.tide({"up"}, {{"USER", "somebody"}, {"LOGNAME", "somebody"}});
  project.tide({"down"});
  const Outcome outcome = project.tide({"history"});
  EXPECT_TRUE(exits(outcome, 0));
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  for (const char* part : {"20250101000001", "20250101000003", "applied", "reverted", static_cast<const char*>(host)}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
}

TEST_P(HistoryTest, JsonHasAnEntryForEveryEventInOrder) {
  project.tide({"up"});
  project.tide({"down"});
  project.tide({"up"});
  Json history = project.json({"history"});
  if (history.is_object()) history = history["events"];
  ASSERT_TRUE(history.is_array());
  EXPECT_EQ(history.size(), 5u) << history.dump(2);
  for (const auto& event : history) EXPECT_EQ(event.value("version", "").size(), 14u);
}

TEST_P(HistoryTest, TellsHowAFailedRunEnded) {
  project.write("migrations/20250101000002_two.lua", lua_migration("error 'the disk was full'"));
  project.tide({"up"});
  const Outcome outcome = project.tide({"history"});
  EXPECT_TRUE(contains(outcome.out, "20250101000002"));
  EXPECT_TRUE(contains(outcome.out, "failed"));
}

TEST_P(HistoryTest, BaselineRecordsEverythingUpToAVersionAndRunsNothing) {
  const Outcome outcome = project.tide({"baseline", "20250101000002"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.tables(), "");
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "three");
  EXPECT_TRUE(contains(project.tide({"history"}).out, "baseline"));
}

TEST_P(HistoryTest, BaselineTakesANameAndRefusesTheUnknown) {
  EXPECT_TRUE(exits(project.tide({"baseline", "one"}), 0));
  EXPECT_EQ(project.applied(), "20250101000001");
  const Outcome unknown = project.tide({"baseline", "20990101000000"});
  EXPECT_TRUE(exits(unknown, 2));
  EXPECT_TRUE(contains(unknown.err, "20990101000000"));
}

TEST_P(HistoryTest, BaselineTwiceChangesNothing) {
  project.tide({"baseline", "20250101000002"});
  const std::string before = project.json({"status"})["applied"].dump();
  project.tide({"baseline", "20250101000002"});
  EXPECT_EQ(project.json({"status"})["applied"].dump(), before);
}

class ResolveTest : public HistoryTest {
 protected:
  ResolveTest() {
    project.write("migrations/20250101000002_two.lua",
                  "return { transaction = false, up = function(db)\n  db:execute 'CREATE TABLE two (n integer)'\n"
                  "  db:execute 'SELECT nope()'\nend, down = function(db) db:execute 'DROP TABLE two' end }");
    project.tide({"up"});
  }
};
TIDE_ON_BOTH_ENGINES(ResolveTest);

TEST_P(ResolveTest, NeedsAReasonAndExactlyOneAnswer) {
  const std::vector<Args> cases = {{"resolve", "20250101000002", "--applied"},
                                   {"resolve", "20250101000002", "--applied", "--reason", ""},
                                   {"resolve", "20250101000002", "--reason", "why"},
                                   {"resolve", "20250101000002", "--applied", "--retry", "--reason", "why"},
                                   {"resolve", "20990101000000", "--applied", "--reason", "why"}};
  for (const Args& args : cases) EXPECT_TRUE(exits(project.tide(args), 2)) << testing::PrintToString(args);
  EXPECT_TRUE(contains(problems(), "failed"));
}

TEST_P(ResolveTest, AppliedTakesItAsDoneAndKeepsTheReason) {
  EXPECT_TRUE(exits(project.tide({"resolve", "20250101000002", "--applied", "--reason", "finished by hand"}), 0));
  EXPECT_EQ(project.applied(), "20250101000001 20250101000002");
  EXPECT_EQ(problems(), "[]");
  EXPECT_TRUE(contains(project.tide({"history"}).out, "finished by hand"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(ResolveTest, RevertedTakesItAsPendingAgain) {
  EXPECT_TRUE(exits(project.tide({"resolve", "two", "--reverted", "--reason", "dropped by hand"}), 0));
  const Json status = project.json({"status"});
  ASSERT_EQ(status["pending"].size(), 2u) << status.dump(2);
  EXPECT_EQ(status["pending"][0]["version"], "20250101000002");
}

TEST_P(ResolveTest, RetryLetsTheNextUpRunItAgain) {
  project.write("migrations/20250101000002_two.lua",
                "return { transaction = false, up = function(db)\n"
                "  db:execute 'CREATE TABLE IF NOT EXISTS two (n integer)'\nend }");
  EXPECT_TRUE(exits(project.tide({"resolve", "20250101000002", "--retry", "--reason", "fixed the file"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
  EXPECT_EQ(problems(), "[]");
}

TEST_P(ResolveTest, AppliedTakesTheFileAsItIsNow) {
  EXPECT_TRUE(exits(project.tide({"resolve", "20250101000002", "--applied", "--reason", "done"}), 0));
  project.write("migrations/20250101000001_one.lua", creates("changed"));
  EXPECT_TRUE(contains(problems(), "divergent"));
  EXPECT_TRUE(exits(project.tide({"resolve", "20250101000001", "--applied", "--reason", "reviewed the edit"}), 0));
  EXPECT_EQ(problems(), "[]");
}

class TargetTest : public HistoryTest {};
TIDE_ON_BOTH_ENGINES(TargetTest);

TEST_P(TargetTest, IsFoundByVersionByUniquePrefixAndByName) {
  project.write("migrations/20260202000000_later.lua", creates("later"));
  EXPECT_TRUE(exits(project.tide({"up", "one"}), 0));
  EXPECT_EQ(project.applied(), "20250101000001");
  EXPECT_TRUE(exits(project.tide({"up", "20250101000002"}), 0));
  EXPECT_TRUE(exits(project.tide({"up", "2026"}), 0));
  EXPECT_EQ(project.tables(), "later one three two");
  EXPECT_TRUE(exits(project.tide({"down", "--to", "two"}), 0));
  EXPECT_EQ(project.tables(), "one two");
}

TEST_P(TargetTest, ThatFitsSeveralIsRefusedAndNamesThem) {
  const Outcome outcome = project.tide({"up", "2025"});
  EXPECT_TRUE(exits(outcome, 2));
  for (const char* part : {"2025", "20250101000001", "20250101000002"}) EXPECT_TRUE(contains(outcome.err, part));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(TargetTest, ThatFitsNothingIsRefusedAndNamed) {
  const Outcome outcome = project.tide({"up", "thre"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "thre"));
  EXPECT_TRUE(contains(outcome.err, "three"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(TargetTest, ThatIsAnExactVersionWinsOverThePrefixOfAnother) {
  project.write("migrations/1_a.lua", creates("a"));
  project.write("migrations/10_b.lua", creates("b"));
  EXPECT_TRUE(exits(project.tide({"up", "1"}), 0));
  EXPECT_EQ(project.tables(), "a");
}

}  // namespace
}  // namespace tide::test
