// The lie: the server is not what it was. An administrator ends sessions of `tide` (pg_terminate_backend: the one that
// works, the one that holds the lock, or both), or the server crashes and recovers (pg_ctl stop -m immediate), at
// instants that the dice chose. A run must report exactly what the server has then.

#include <cstdio>
#include <functional>
#include <thread>

#include "db/drivers.h"
#include "fault/dice.h"
#include "fault/effects.h"
#include "support/pg_cluster.h"
#include "tide/connection.h"

namespace tide::test {
namespace {

using std::chrono::microseconds;

class BackendTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(exits(effects.tide({"up", "0001"}), 0));
    longest = effects.duration_of({"up"});
    effects.finish_down();
  }
  // Up or down by turns; `blow` comes after a while, and says whether it met anything.
  void strike_by_turns(int times, const std::function<bool()>& blow) {
    int struck = 0, told = 0;
    for (bool upwards = true; struck < times && !HasFailure(); upwards = !upwards) {
      const auto before = effects.applied_versions();
      Process process(effects.command(upwards ? Args{"up", "--json"} : Args{"down", "--to", "0001", "--json"}));
      std::this_thread::sleep_for(dice.up_to(longest));
      struck += blow() ? 1 : 0;
      const Outcome outcome = process.wait();
      effects.expect_true_history();
      effects.expect_true_report(outcome, before);
      told += outcome.err.find("the server says") != std::string::npos ? 1 : 0;
      upwards ? effects.finish_up() : effects.finish_down();
    }
    std::printf("struck %d times, %d of them during COMMIT\n", struck, told);
  }

  Dice dice;
  Effects effects{Engine::kPostgres};
  microseconds longest{};
};

TEST_F(BackendTest, ARunWhoseSessionsAreEndedIsTrueAboutWhatTheServerHas) {
  const char* const kWhich[] = {"true", "application_name LIKE 'tide lock%'", "application_name NOT LIKE 'tide lock%'"};
  const auto administrator = open_connection(shared_cluster().socket_url(), {});
  strike_by_turns(dice.rounds(20), [&] {
    const auto ended = administrator->query(
        Statement("SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = '" +
                  effects.database() + "' AND " + kWhich[dice.between(0, 2)]));
    return ended->next() && ended->cell(0).boolean;
  });
}

TEST_F(BackendTest, ARunWhoseServerCrashesIsTrueAboutWhatTheServerHasWhenItIsBack) {
  effects.project().value("ALTER DATABASE " + effects.database() + " SET synchronous_commit = on");
  effects.project().value("CHECKPOINT");
  strike_by_turns(dice.rounds(6), [] {
    shared_cluster().crash();
    return true;
  });
}

}  // namespace
}  // namespace tide::test
