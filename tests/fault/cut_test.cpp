// The lie: a proxy kills `tide`, or cuts its connection (FIN or RST; this one or all), at a message that the dice chose
// among all those that a run sends: before it is forwarded, right after, or when only the proxy has seen the answer.
// A run that lives must report exactly what the server has; after each blow the history is true and the next run
// finishes.

#include <signal.h>

#include <cstdio>

#include "fault/dice.h"
#include "fault/effects.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr int kMessages = 170;  // an `up` of eleven migrations sends about as many

class CutTest : public testing::Test {
 protected:
  Fault any_fault() {
    Fault fault;
    fault.nth = dice.between(1, kMessages);
    fault.when = static_cast<Fault::When>(dice.between(0, 2));
    fault.act = static_cast<Fault::Act>(dice.between(0, 2));
    fault.every_connection = dice.coin();
    return fault;
  }
  void strike(const Args& args, const Fault& fault) {
    SCOPED_TRACE(args[0] + ", message " + std::to_string(fault.nth) + ", when " +
                 std::to_string(static_cast<int>(fault.when)) + ", act " + std::to_string(static_cast<int>(fault.act)));
    const auto before = effects.applied_versions();
    Proxy proxy(shared_cluster().port(), fault);
    Process process(effects.command(args, &proxy));
    proxy.aim(process.pid());
    const Outcome outcome = process.wait();
    effects.expect_true_history();
    if (outcome.signal != SIGKILL) effects.expect_true_report(outcome, before);
    if (proxy.struck()) ++(fault.act == Fault::Act::kKill ? kills : cuts);
  }

  Dice dice;
  Effects effects{Engine::kPostgres};
  int kills = 0;
  int cuts = 0;
};

TEST_F(CutTest, UpAndDownAreTrueAboutWhatTheServerHasWhateverMessageWasTheLast) {
  ASSERT_TRUE(exits(effects.tide({"up", "0001"}), 0));
  for (bool upwards = true; kills + cuts < dice.rounds(40) && !HasFailure(); upwards = !upwards) {
    strike(upwards ? Args{"up", "--json"} : Args{"down", "--to", "0001", "--json"}, any_fault());
    upwards ? effects.finish_up() : effects.finish_down();
  }
  std::printf("%d kills and %d cuts\n", kills, cuts);
}

}  // namespace
}  // namespace tide::test
