// The lie: `tide` is killed (SIGKILL, which no process can see coming) at an instant that nobody chose, also while it
// mends what an earlier kill left. What must hold: at every instant the history and the effects agree; the next run
// takes over without waiting for a lock; at the end each effect has happened once.
//
// TIDE_FAULT_ROUNDS is how many kills each test makes, TIDE_FAULT_SEED chooses their instants.

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "fault/effects.h"

namespace tide::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

class KillTest : public testing::TestWithParam<Engine> {
 protected:
  int rounds(int usual) const { return number_from("TIDE_FAULT_ROUNDS", usual); }

  // How long a run takes that nobody disturbs.
  microseconds duration_of(const Args& args) {
    const Clock::time_point began = Clock::now();
    EXPECT_TRUE(exits(effects->tide(args), 0));
    return std::chrono::duration_cast<microseconds>(Clock::now() - began);
  }

  // True when the run was still alive.
  bool killed_within(const Args& args, microseconds longest) {
    Process process(effects->command(args));
    std::this_thread::sleep_for(microseconds(std::uniform_int_distribution<long>(0, longest.count())(random)));
    process.signal(SIGKILL);
    return process.wait().signal == SIGKILL;
  }

  std::mt19937 random{static_cast<std::mt19937::result_type>(number_from("TIDE_FAULT_SEED", 20250101))};
  std::unique_ptr<Effects> effects = std::make_unique<Effects>(GetParam());
};
TIDE_ON_BOTH_ENGINES(KillTest);

TEST_P(KillTest, UpAndDownAreFinishedByTheNextRunWhereverTheyWereKilled) {
  const Args up{"up"};
  const Args down{"down", "--to", "0001"};
  ASSERT_TRUE(exits(effects->tide({"up", "0001"}), 0));
  const microseconds longest = duration_of(up);
  duration_of(down);
  int kills = 0;
  int in_the_middle = 0;
  for (bool upwards = true; kills < rounds(26) && !HasFailure(); upwards = !upwards) {
    const int in_a_row = std::uniform_int_distribution<int>(1, 3)(random);
    for (int i = 0; i < in_a_row; ++i) {
      kills += killed_within(upwards ? up : down, longest) ? 1 : 0;
      effects->expect_true_history();
      const int applied = effects->applied();
      in_the_middle += applied > 1 && applied < Effects::kAll ? 1 : 0;
    }
    upwards ? effects->finish_up() : effects->finish_down();
  }
  EXPECT_GT(in_the_middle, 0) << "no kill has met a run at work";
  RecordProperty("kills", kills);
  std::printf("%d kills, %d of them half-way through the migrations\n", kills, in_the_middle);
}

TEST_P(KillTest, AFirstUpIsFinishedAlthoughItWasKilledWhileItMadeItsHistory) {
  const microseconds longest = duration_of({"up", "0001"});
  for (int kills = 0; kills < rounds(4) && !HasFailure();) {
    effects = std::make_unique<Effects>(GetParam());
    kills += killed_within({"up"}, longest) ? 1 : 0;
    effects->finish_up();
  }
}

}  // namespace
}  // namespace tide::test
