// The lie: a proxy cuts the connection at the COMMIT of what only corrects the history (`baseline`, `resolve`), before
// the server has it or after its answer. Who corrects the history by hand must be told what became of it.

#include "cli/project.h"
#include "support/pg_cluster.h"
#include "support/proxy.h"

namespace tide::test {
namespace {

class CorrectionsTest : public testing::Test {
 protected:
  CorrectionsTest() {
    for (const char* name : {"one", "two", "three"}) {
      project.write("migrations/000" + std::to_string(++written_) + "_" + name + ".lua", creates(name));
    }
    EXPECT_TRUE(exits(project.tide({"up", "0001"}), 0));
  }
  Outcome strike(Args args, Fault::When when) {
    Fault fault;
    fault.text = "COMMIT";
    fault.at_end = true;
    fault.when = when;
    Proxy proxy(shared_cluster().port(), fault);
    std::string url = project.url();
    const std::string port = ":" + std::to_string(shared_cluster().port()) + "/";
    url.replace(url.find(port), port.size(), ":" + std::to_string(proxy.port()) + "/");
    args.insert(args.end(), {"-e", "dev", "--url", url});
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(proxy.struck()) << outcome.all();
    return outcome;
  }
  void expect_committed(const Outcome& outcome) {
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_TRUE(contains(outcome.err, "the connection was lost during COMMIT; the server says that it was committed"));
  }
  void expect_rolled_back(const Outcome& outcome) {
    EXPECT_TRUE(exits(outcome, 3));
    EXPECT_TRUE(contains(outcome.err, "not committed"));
    EXPECT_TRUE(contains(outcome.err, "the server says that it rolled back"));
  }
  std::string events(const std::string& kind) {
    return project.value("SELECT count(*) FROM tide.events WHERE event = '" + kind + "'");
  }

  Project project{Engine::kPostgres};
  const Args kResolve = {"resolve", "0001", "--reverted", "--reason", "dropped by hand"};

 private:
  int written_ = 0;
};

TEST_F(CorrectionsTest, ABaselineWhoseAnswerIsLostIsAskedAbout) {
  expect_committed(strike({"baseline", "0003"}, Fault::When::kAnswered));
  EXPECT_EQ(project.applied(), "0001 0002 0003");
  EXPECT_EQ(events("baseline"), "2");
}

TEST_F(CorrectionsTest, ABaselineThatDidNotArriveHasRecordedNothing) {
  expect_rolled_back(strike({"baseline", "0003"}, Fault::When::kBefore));
  EXPECT_EQ(project.applied(), "0001");
  EXPECT_TRUE(exits(project.tide({"baseline", "0003"}), 0));
  EXPECT_EQ(project.applied(), "0001 0002 0003");
}

TEST_F(CorrectionsTest, AResolutionWhoseAnswerIsLostIsAskedAbout) {
  expect_committed(strike(kResolve, Fault::When::kAnswered));
  EXPECT_EQ(project.applied(), "");
  EXPECT_EQ(events("resolved"), "1");
}

TEST_F(CorrectionsTest, AResolutionThatDidNotArriveHasChangedNothing) {
  expect_rolled_back(strike(kResolve, Fault::When::kBefore));
  EXPECT_EQ(project.applied(), "0001");
  EXPECT_EQ(events("resolved"), "0");
}

TEST_F(CorrectionsTest, ARenamingWhoseAnswerIsLostIsAskedAbout) {
  project.value("UPDATE tide.meta SET value = 'production' WHERE key = 'environment'");
  expect_committed(strike({"resolve", "--was", "production", "--reason", "a copy"}, Fault::When::kAnswered));
  EXPECT_EQ(events("renamed"), "1");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

}  // namespace
}  // namespace tide::test
