// The lie: `tide rehearse` is killed (SIGKILL, which no process can see coming) at an instant that nobody chose, once
// together with the shell that looks after its scratch folder. What must hold: no server, process or folder of it stays
// behind, no record is half there, and the gate is as it was.
//
// TIDE_FAULT_ROUNDS is how many kills each test makes, TIDE_FAULT_SEED chooses their instants.

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

#include "cli/project.h"
#include "cli/scratch_root.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr auto kPatience = std::chrono::seconds(30);

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

class RehearseKillTest : public OnEngine {
 protected:
  RehearseKillTest() {
    project.write("migrations/1_users.lua", creates("users"));
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
    project.write("tide.toml", project.read("tide.toml") + "gates = [\"rehearsal\"]\n");
    const std::string wait = "for i = 1, 20 do db:execute 'INSERT INTO users VALUES (1)' end ";
    project.write("migrations/2_more.lua", "return { up = function(db) " + wait +
                                               "end, down = function(db) db:execute 'DELETE FROM users' end }");
  }

  Command rehearse() const { return project.command({"rehearse"}, {{"TMPDIR", scratch_.path()}}); }
  // Waits: whoever clears up does it after the end of the one it belongs to.
  std::string leftovers() const {
    std::string left = scratch_.leftovers();
    for (const auto until = Clock::now() + kPatience; !left.empty() && Clock::now() < until;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      left = scratch_.leftovers();
    }
    return left;
  }
  bool wait_for_process(const std::string& mark) const {
    for (const auto until = Clock::now() + kPatience; Clock::now() < until;) {
      if (!scratch_.processes(mark).empty()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  bool wait_for_folder() const {
    for (const auto until = Clock::now() + kPatience; Clock::now() < until;) {
      if (!fs::is_empty(scratch_.path())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  long random_below(long longest) { return std::uniform_int_distribution<long>(0, longest)(random_); }
  int rounds(int usual) const { return number_from("TIDE_FAULT_ROUNDS", usual); }
  std::size_t records() const {
    if (!project.has(".tide/rehearsals")) return 0;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(project.path(".tide/rehearsals"))) {
      if (entry.path().extension() != ".json") continue;
      ++count;
      parse_json(project.read(".tide/rehearsals/" + entry.path().filename().string()));
    }
    return count;
  }

  ScratchRoot scratch_;

 private:
  std::mt19937 random_{static_cast<std::mt19937::result_type>(number_from("TIDE_FAULT_SEED", 20250101))};
};
TIDE_ON_BOTH_ENGINES(RehearseKillTest);

TEST_P(RehearseKillTest, NothingStaysBehindWhenItIsKilled) {
  const Clock::time_point began = Clock::now();
  EXPECT_TRUE(exits(run(rehearse()), 0));
  const auto longest = std::chrono::duration_cast<microseconds>(Clock::now() - began);
  project.remove(".tide/rehearsals");
  for (int kills = 0; kills < rounds(5) && !HasFailure();) {
    project.remove(".tide/rehearsals");
    Process process(rehearse());
    std::this_thread::sleep_for(microseconds(random_below(longest.count())));
    process.signal(SIGKILL);
    kills += process.wait().signal == SIGKILL ? 1 : 0;
    EXPECT_EQ(leftovers(), "");
    if (records() > 0) continue;  // it had ended but for the clearing up
    EXPECT_TRUE(exits(project.tide({"up"}), 6));
  }
  EXPECT_EQ(project.value("SELECT count(*) FROM users"), "0");
  EXPECT_TRUE(exits(run(rehearse()), 0));
}

TEST_P(RehearseKillTest, TheNextOneRemovesWhatNobodyCouldRemove) {
  Process process(rehearse());
  ASSERT_TRUE(wait_for_process("folder="));
  ASSERT_TRUE(wait_for_folder());
  std::istringstream shells(scratch_.processes("folder="));
  for (pid_t shell = 0; shells >> shell;) kill(shell, SIGKILL);
  process.signal(SIGKILL);
  process.wait();
  EXPECT_NE(scratch_.leftovers(), "");
  EXPECT_TRUE(exits(run(rehearse()), 0));
  EXPECT_EQ(leftovers(), "");
}

class RehearseInterruptTest : public RehearseKillTest {};
INSTANTIATE_TEST_SUITE_P(Engines, RehearseInterruptTest, testing::Values(Engine::kPostgres), engine_name);

TEST_P(RehearseInterruptTest, CtrlCLeavesNothingWhenItReturns) {
  project.write("migrations/3_long.lua", sql_migration("SELECT pg_sleep(60)", "SELECT 1"));
  Process process(rehearse());
  ASSERT_TRUE(process.wait_for("2 more"));
  std::this_thread::sleep_for(microseconds(random_below(200'000)));
  process.signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 130));
  EXPECT_EQ(scratch_.leftovers(), "");
  EXPECT_EQ(records(), 0U);
}

}  // namespace
}  // namespace tide::test
