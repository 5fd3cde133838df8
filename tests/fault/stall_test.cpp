// The lie: the network dies without a word. From a chosen message on, a proxy has the kernel lose every packet of every
// connection, and of every new one, at both ends: nothing is closed, nothing is refused, nothing answers. Only a clock
// can tell that from a statement that takes long.

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

enum class End { kServer, kClient };

// Of the sockets of connections to a port of 127.0.0.1, at one end: in how many seconds the kernel looks whether the
// other end is there; -1 when it will never look.
std::vector<int> silences(int port, End end) {
  std::ostringstream wanted;
  wanted << "0100007F:" << std::uppercase << std::hex << port;
  std::ifstream table("/proc/net/tcp");
  std::vector<int> found;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer;
    words >> number >> local >> remote >> state >> queues >> timer;
    if ((end == End::kServer ? local : remote) != wanted.str() || state != "01") continue;
    const bool looks = timer.substr(0, 2) == "02";
    found.push_back(looks ? static_cast<int>(std::stol(timer.substr(3), nullptr, 16) / sysconf(_SC_CLK_TCK)) : -1);
  }
  return found;
}

TEST_F(StallTest, EveryConnectionNoticesWithinAMinuteThatTheNetworkIsDeadUnlessTheUrlSaysOtherwise) {
  Project& project = effects.project();
  project.write("migrations/0002_step.lua", lua_migration("log.info 'now inside'\ndb:value 'SELECT pg_sleep(2)'"));
  Proxy proxy(shared_cluster().port(), silence("never", When::kBefore));
  Process process = begin({"up"}, proxy);
  ASSERT_TRUE(process.wait_for("now inside"));
  usleep(500'000);  // what was sent is acknowledged by now
  const std::vector<int> ours = silences(proxy.port(), End::kClient);
  EXPECT_FALSE(ours.empty());
  for (const int seconds_of_silence : ours) {
    EXPECT_GE(seconds_of_silence, 0);
    EXPECT_LE(seconds_of_silence, 60);
  }
  const std::vector<int> theirs = silences(shared_cluster().port(), End::kServer);
  const auto soon = [](int seconds_of_silence) { return seconds_of_silence >= 0 && seconds_of_silence <= 30; };
  EXPECT_EQ(std::count_if(theirs.begin(), theirs.end(), soon), 1) << "the server looks after the session of the lock";
}

}  // namespace
}  // namespace tide::test
