// The lie: a proxy stands between `tide` and the server, reads the protocol, and at a named message either kills the
// process (SIGKILL) or cuts the connection (RST or FIN), before the message is forwarded, right after, or when its
// answer has come back and only the proxy has seen it. So every point of a migration is met on purpose, and each point
// says beforehand what the server must have: the migration, or nothing of it.

#include <signal.h>

#include "fault/effects.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using When = Fault::When;
using Act = Fault::Act;

struct Point {
  const char* name;
  const char* text;
  When when;
  int done;  // migrations that the server must have done when it was struck; kEither: this one or not
  int nth = 3;
};

constexpr int kEither = -1;

// In the order in which a migration meets them. The third message with the text is that of the run's third migration;
// of BEGIN the fourth, because the history was read in a transaction before.
const Point kPoints[] = {
    {"before BEGIN", "BEGIN", When::kBefore, 2, 4},
    {"after BEGIN", "BEGIN", When::kAnswered, 2, 4},
    {"during the work", "UPDATE ledger", When::kAfter, 2},
    {"after the work, before the record", "INSERT INTO tide.events", When::kBefore, 2},
    {"after the record", "INSERT INTO tide.events", When::kAnswered, 2},
    {"before COMMIT", "COMMIT", When::kBefore, 2},
    {"at COMMIT", "COMMIT", When::kAfter, kEither},
    {"after COMMIT", "COMMIT", When::kAnswered, 3},
    {"between two migrations", "CLOSE ALL", When::kBefore, 3},
};

const struct {
  const char* name;
  Act act;
  bool every_connection;
} kBlows[] = {{"kill -9", Act::kKill, false},
              {"RST", Act::kReset, false},
              {"FIN", Act::kClose, false},
              {"RST of every connection", Act::kReset, true}};

class PointTest : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  const Point& point = kPoints[std::get<0>(GetParam())];
  const decltype(kBlows[0])& blow = kBlows[std::get<1>(GetParam())];
  Effects effects{Engine::kPostgres};

  Fault fault() const {
    Fault fault;
    fault.text = point.text;
    fault.at_end = fault.text == "COMMIT";
    fault.nth = point.nth;
    fault.when = point.when;
    fault.act = blow.act;
    fault.every_connection = blow.every_connection;
    return fault;
  }

  Outcome strike(const Args& args) {
    Proxy proxy(shared_cluster().port(), fault());
    Process process(effects.command(args, &proxy));
    proxy.aim(process.pid());
    const Outcome outcome = process.wait();
    EXPECT_TRUE(proxy.struck()) << outcome.all();
    return outcome;
  }

  // A process that was killed says nothing. One that lives never guesses: it ends well only when all was done.
  void expect_honest(const Outcome& outcome, int done) const {
    if (outcome.code == 0) {
      EXPECT_TRUE(contains(outcome.err, "the server says that it was committed"));
      EXPECT_EQ(done, Effects::kAll - 1);
      return;
    }
    if (point.done == kEither) {
      EXPECT_TRUE(done == 2 || done == 3) << done;
    } else {
      EXPECT_EQ(done, point.done);
    }
    if (blow.act == Act::kKill) {
      EXPECT_EQ(outcome.signal, SIGKILL);
      return;
    }
    EXPECT_TRUE(exits(outcome, 3));
    EXPECT_TRUE(lacks(outcome.err, "not known"));
    const bool lock_lost_after_commit = point.text == std::string("COMMIT") && done == 3;
    EXPECT_TRUE(contains(outcome.err, lock_lost_after_commit ? "nothing more was begun" : "not committed"));
  }
};

INSTANTIATE_TEST_SUITE_P(Faults, PointTest,
                         testing::Combine(testing::Range(0, static_cast<int>(std::size(kPoints))),
                                          testing::Range(0, static_cast<int>(std::size(kBlows)))),
                         [](const auto& parameter) {
                           std::string name = std::string(kBlows[std::get<1>(parameter.param)].name) + " " +
                                              kPoints[std::get<0>(parameter.param)].name;
                           std::string words;
                           for (const char c : name) {
                             if (isalnum(static_cast<unsigned char>(c)) != 0) words += c;
                           }
                           return words;
                         });

TEST_P(PointTest, UpIsTrueAboutWhatTheServerHasAndTheNextRunFinishes) {
  ASSERT_TRUE(exits(effects.tide({"up", "0001"}), 0));
  const Outcome outcome = strike({"up"});
  effects.expect_true_history();
  expect_honest(outcome, effects.applied() - 1);
  effects.finish_up();
}

TEST_P(PointTest, DownIsTrueAboutWhatTheServerHasAndTheNextRunFinishes) {
  ASSERT_TRUE(exits(effects.tide({"up"}), 0));
  const Outcome outcome = strike({"down", "--to", "0001"});
  effects.expect_true_history();
  expect_honest(outcome, Effects::kAll - effects.applied());
  effects.finish_down();
}

}  // namespace
}  // namespace tide::test
