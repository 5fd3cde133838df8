// The lie: the network dies without a word. From a chosen message on, a proxy has the kernel lose every packet of every
// connection, and of every new one, at both ends: nothing is closed, nothing is refused, nothing answers. Only a clock
// can tell that from a statement that takes long.

#include <signal.h>

#include <fstream>
#include <sstream>

#include "fault/effects.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using When = Fault::When;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr const char* kImpatient =
    "?keepalives_idle=1&keepalives_interval=1&keepalives_count=2&tcp_user_timeout=2000&connect_timeout=2";

class StallTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(exits(effects.tide({"up", "0001"}), 0)); }
  static Fault silence(const char* text, When when) {
    Fault fault;
    fault.text = text;
    fault.at_end = fault.text == "COMMIT";
    fault.when = when;
    fault.act = Fault::Act::kStall;
    return fault;
  }
  Process begin(const Args& args, const Proxy& proxy) const {
    Command command = effects.command(args, &proxy);
    command.timeout = seconds(30);
    return Process(command);
  }
  void expect_not_committed(const Outcome& outcome) {
    EXPECT_FALSE(outcome.timed_out);
    EXPECT_TRUE(exits(outcome, 3));
    EXPECT_TRUE(contains(outcome.err, "not committed"));
  }
  Effects effects{Engine::kPostgres};
};

TEST_F(StallTest, ARunWhoseNetworkDiesDuringAStatementHasCommittedNothing) {
  effects.go_through(effects.project().url() + kImpatient);
  {
    Proxy proxy(shared_cluster().port(), silence("UPDATE ledger", When::kAfter));
    expect_not_committed(begin({"up"}, proxy).wait());
  }
  effects.expect_true_history();
  effects.finish_up();
}

TEST_F(StallTest, ARunWhoseNetworkIsBackAfterCommitAsksAndSaysSo) {
  effects.go_through(effects.project().url() + kImpatient);
  {
    Proxy proxy(shared_cluster().port(), silence("COMMIT", When::kAnswered));
    Process process = begin({"up"}, proxy);
    ASSERT_TRUE(process.wait_for("asking the server whether it was committed"));
    proxy.allow();
    const Outcome outcome = process.wait();
    EXPECT_TRUE(contains(outcome.err, "the server says that it was committed"));
    EXPECT_TRUE(contains(outcome.err, "nothing more was begun"));
    EXPECT_TRUE(exits(outcome, 3));
  }
  EXPECT_EQ(effects.applied(), 2);
  effects.finish_up();
}

TEST_F(StallTest, CtrlCTwiceLeavesARunWhoseNetworkIsDead) {
  {
    Proxy proxy(shared_cluster().port(), silence("UPDATE ledger", When::kAfter));
    Process process = begin({"up"}, proxy);
    while (!proxy.struck()) usleep(1000);
    const auto asked = Clock::now();
    process.signal(SIGINT);
    usleep(300'000);
    process.signal(SIGINT);
    EXPECT_TRUE(exits(process.wait(), 130));
    EXPECT_LT(Clock::now() - asked, seconds(5));
  }
  effects.finish_up();
}

TEST_F(StallTest, AMachineThatVanishedKeepsNoLockWhereTheServerLooksAfterItsClients) {
  effects.go_through(
      effects.project().url() +
      "?options=-ctcp_keepalives_idle%3D1%20-ctcp_keepalives_interval%3D1%20-ctcp_keepalives_count%3D2%20"
      "-ctcp_user_timeout%3D2000");
  Proxy proxy(shared_cluster().port(), silence("UPDATE ledger", When::kAfter));
  Process process = begin({"up"}, proxy);
  while (!proxy.struck()) usleep(1000);
  process.signal(SIGKILL);
  EXPECT_EQ(process.wait().signal, SIGKILL);
  EXPECT_TRUE(exits(effects.tide({"up", "--lock-timeout", "20s"}), 0));
  effects.expect_done(Effects::kAll);
}

// Of the sockets connected to a port of 127.0.0.1: in how many seconds the kernel looks whether the other end is there;
// -1 when one of them will never look.
int longest_silence(int port) {
  std::ostringstream wanted;
  wanted << "0100007F:" << std::uppercase << std::hex << port;
  std::ifstream table("/proc/net/tcp");
  int longest = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer;
    words >> number >> local >> remote >> state >> queues >> timer;
    if (remote != wanted.str() || state != "01") continue;
    if (timer.substr(0, 2) != "02") return -1;
    longest = std::max(longest, static_cast<int>(std::stol(timer.substr(3), nullptr, 16) / sysconf(_SC_CLK_TCK)));
  }
  return longest;
}

TEST_F(StallTest, EveryConnectionNoticesWithinAMinuteThatTheNetworkIsDeadUnlessTheUrlSaysOtherwise) {
  Project& project = effects.project();
  project.write("migrations/0002_step.lua", lua_migration("log.info 'now inside'\ndb:value 'SELECT pg_sleep(2)'"));
  Proxy proxy(shared_cluster().port(), silence("never", When::kBefore));
  Process process = begin({"up"}, proxy);
  ASSERT_TRUE(process.wait_for("now inside"));
  usleep(500'000);  // what was sent is acknowledged by now
  const int seconds_of_silence = longest_silence(proxy.port());
  EXPECT_GT(seconds_of_silence, 0);
  EXPECT_LE(seconds_of_silence, 60);
}

}  // namespace
}  // namespace tide::test
