#include "fault/runbook_project.h"

// How the lie works: the runbook itself ends its process with SIGKILL, at the point that a file names: between two
// steps, at the beginning, in the middle and at the end of what a step does, and while it is verified. The file is gone
// before the shot, so that the resumed run passes the point.
namespace tide::test {
namespace {

class RunbookKill : public testing::TestWithParam<Engine> {
 protected:
  using Kinds = std::vector<std::string>;
  // All of them on SQLite; on PostgreSQL, where a run takes three times as long, those in which the server has a part.
  static std::vector<std::string> points(const Kinds& all, const Kinds& with_server) {
    return RunbookProject::points(GetParam() == Engine::kPostgres ? with_server : all);
  }

  RunbookProject runbook{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, RunbookKill, testing::Values(Engine::kSqlite, Engine::kPostgres), engine_name);

TEST_P(RunbookKill, AKilledRunResumesToTheSameEndAndDoublesNothing) {
  for (const std::string& point : points({"when", "begin", "mid", "end", "verify"}, {"when", "mid"})) {
    SCOPED_TRACE(point);
    runbook.clear();
    strike(runbook.project(), point);
    EXPECT_TRUE(is_killed(runbook.run()));
    const Outcome resumed = runbook.run({"--resume"});
    EXPECT_TRUE(exits(resumed, 0));
    const bool said = resumed.err.find("\"Maintenance on\" is ON") != std::string::npos;
    EXPECT_EQ(said, point != "1.1 when");
    runbook.expect_done();
  }
}

TEST_P(RunbookKill, AKilledRunRevertsToWhatWasThere) {
  for (const std::string& point : points({"when", "mid", "end"}, {"mid", "end"})) {
    SCOPED_TRACE(point);
    runbook.clear();
    strike(runbook.project(), point);
    EXPECT_TRUE(is_killed(runbook.run()));
    EXPECT_TRUE(exits(runbook.run({"--revert", "last"}), 0));
    runbook.expect_untouched();
  }
}

TEST_P(RunbookKill, AFailedStepRevertsToWhatWasThere) {
  for (const std::string& point : points({"begin", "mid", "end", "verify"}, {"mid", "verify"})) {
    SCOPED_TRACE(point);
    runbook.clear();
    strike(runbook.project(), point, true);
    const Outcome outcome = runbook.run({"--on-failure", "revert"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_TRUE(contains(outcome.err, "struck at " + point));
    runbook.expect_untouched();
  }
}

TEST_P(RunbookKill, AStoppedRunIsNotInMaintenanceAndGoesOn) {
  for (const std::string& point : points({"begin", "mid", "verify"}, {"mid"})) {
    SCOPED_TRACE(point);
    runbook.clear();
    strike(runbook.project(), point, true);
    EXPECT_TRUE(exits(runbook.run(), 1));
    EXPECT_FALSE(runbook.project().has("maintenance"));
    calm(runbook.project());
    EXPECT_TRUE(exits(runbook.run({"--resume"}), 0));
    runbook.expect_done();
  }
}

}  // namespace
}  // namespace tide::test
