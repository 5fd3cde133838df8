// The lie: CREATE INDEX CONCURRENTLY commits an invalid index first and makes it valid at the end. A transaction of
// somebody else holds the build up, and meanwhile its session is ended, the server crashes, or `tide` is killed.

#include <signal.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/project.h"
#include "db/drivers.h"
#include "support/pg_cluster.h"
#include "tide/connection.h"

namespace tide::test {
namespace {

const char* const kBuilding =
    "SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indexrelid::regclass::text = 'once'";

class IndexBuildTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    project.value("CREATE TABLE t (n integer)");
    project.value("INSERT INTO t SELECT generate_series(1, 1000)");
    project.value("ALTER DATABASE " + database() + " SET synchronous_commit = on");
    project.value("CHECKPOINT");
    const std::string index = std::string("CREATE INDEX CONCURRENTLY ") + GetParam() + "once ON t (n)";
    project.write("migrations/0001_index.lua",
                  "return { transaction = false, up = function(db) db:execute '" + index + "' end }");
  }
  std::string database() const { return project.database(); }
  // An `up` that waits, with its index half built, for a transaction that is open elsewhere.
  std::unique_ptr<Process> held_up() {
    other = open_connection(project.url(), {});
    other->begin();
    other->execute(Statement("INSERT INTO t VALUES (0)"));
    auto process = std::make_unique<Process>(project.command({"up"}));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (project.value(kBuilding) != "1" && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(project.value(kBuilding), "1") << "the build has not begun";
    return process;
  }
  void await_end_of_build() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (project.value(kBuilding) != "0" && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void expect_the_next_up_builds_it() {
    other.reset();
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
    EXPECT_EQ(project.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'once'::regclass"), "t");
    EXPECT_EQ(project.value("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), "1");
    EXPECT_EQ(project.applied(), "0001");
  }

  Project project{Engine::kPostgres};
  std::unique_ptr<Connection> other;
};
INSTANTIATE_TEST_SUITE_P(Statement, IndexBuildTest, testing::Values("", "IF NOT EXISTS "), [](const auto& parameter) {
  return std::string(*parameter.param == '\0' ? "Plain" : "IfNotExists");
});

TEST_P(IndexBuildTest, WhoseSessionWasEndedIsDoneAgainByTheNextUp) {
  const auto process = held_up();
  project.value(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE "
      "'CREATE INDEX%'");
  EXPECT_TRUE(exits(process->wait(), 3));
  EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "running");
  expect_the_next_up_builds_it();
}

TEST_P(IndexBuildTest, WhoseServerCrashedIsDoneAgainByTheNextUp) {
  const auto process = held_up();
  shared_cluster().crash();
  EXPECT_TRUE(exits(process->wait(), 3));
  EXPECT_NE(project.value("SELECT state FROM tide.migrations"), "applied");
  expect_the_next_up_builds_it();
}

// The server does not notice: it finishes the index.
TEST_P(IndexBuildTest, WhoseRunWasKilledIsFinishedByTheServerAndThenTaken) {
  const auto process = held_up();
  process->signal(SIGKILL);
  process->wait();
  EXPECT_NE(project.value("SELECT state FROM tide.migrations"), "applied");
  other.reset();
  await_end_of_build();
  expect_the_next_up_builds_it();
}

TEST_P(IndexBuildTest, ThatIsSomebodyElsesIsNeverTakenForTheRunsOwn) {
  const auto process = held_up();
  process->signal(SIGKILL);
  process->wait();
  other.reset();
  await_end_of_build();
  project.write("migrations/0001_index.lua", project.read("migrations/0001_index.lua") + "-- edited\n");
  const Outcome again = project.tide({"up"});
  const bool accepted = *GetParam() != '\0';
  EXPECT_TRUE(exits(again, accepted ? 0 : 1));
  EXPECT_EQ(again.err.find("error: relation \"once\" already exists") == std::string::npos, accepted) << again.err;
}

}  // namespace
}  // namespace tide::test
