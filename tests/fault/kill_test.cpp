// The lie: `tide` is killed (SIGKILL, which no process can see coming) at an instant that nobody chose, also while it
// mends what an earlier kill left, also behind a pooler, also while another one waits for it. What must hold: at every
// instant the history and the effects agree; the next run takes over without waiting for a lock; at the end each effect
// has happened once.

#include <signal.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "fault/dice.h"
#include "fault/effects.h"
#include "fault/killed.h"
#include "support/pgbouncer.h"

namespace tide::test {
namespace {

using std::chrono::microseconds;

const Args kUp{"up"};
const Args kDown{"down", "--to", "0001"};

// "Sqlite", "Postgres", or "Pgbouncer": PostgreSQL behind a pooler that gives a session for one transaction.
class KillTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (pooled() && !PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
    if (pooled()) pooler = std::make_unique<PgBouncer>(shared_cluster());
    begin();
  }
  void begin() {
    effects = std::make_unique<Effects>(GetParam() == std::string("Sqlite") ? Engine::kSqlite : Engine::kPostgres);
    if (pooled()) effects->go_through(pooler->url(effects->database()));
  }
  bool pooled() const { return GetParam() == std::string("Pgbouncer"); }
  int rounds(int on_sqlite, int on_postgres) const {
    return dice.rounds(GetParam() == std::string("Sqlite") ? on_sqlite : on_postgres);
  }
  // Up to three kills one after the other; counts those that met a run alive, and those that left it half-way.
  void kill_in_a_row(const Args& args, microseconds longest) {
    for (int left = dice.between(1, 3); left > 0; --left) {
      kills += killed_after(effects->command(args), dice.up_to(longest)) ? 1 : 0;
      effects->expect_true_history();
      const int applied = effects->applied();
      in_the_middle += applied > 1 && applied < Effects::kAll ? 1 : 0;
    }
  }
  void TearDown() override {
    if (kills > 0) std::printf("%d kills, %d of them half-way through the migrations\n", kills, in_the_middle);
  }

  Dice dice;
  std::unique_ptr<PgBouncer> pooler;
  std::unique_ptr<Effects> effects;
  int kills = 0;
  int in_the_middle = 0;
};
INSTANTIATE_TEST_SUITE_P(On, KillTest, testing::Values("Sqlite", "Postgres", "Pgbouncer"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(KillTest, UpAndDownAreFinishedByTheNextRunWhereverTheyWereKilled) {
  ASSERT_TRUE(exits(effects->tide({"up", "0001"}), 0));
  const microseconds longest = effects->duration_of(kUp);
  effects->duration_of(kDown);
  for (bool upwards = true; kills < rounds(100, 26) && !HasFailure(); upwards = !upwards) {
    kill_in_a_row(upwards ? kUp : kDown, longest);
    upwards ? effects->finish_up() : effects->finish_down();
  }
  EXPECT_GT(in_the_middle, 0) << "no kill has met a run at work";
}

TEST_P(KillTest, ARedoIsFinishedByTheNextUp) {
  const Args redo{"redo"};
  effects->finish_up();
  const microseconds longest = effects->duration_of(redo);
  while (kills < rounds(20, 6) && !HasFailure()) {
    kill_in_a_row(redo, longest);
    EXPECT_GE(effects->applied(), Effects::kAll - 3);
    effects->finish_up();
  }
}

TEST_P(KillTest, AFirstUpIsFinishedAlthoughItWasKilledWhileItMadeItsHistory) {
  const microseconds longest = effects->duration_of({"up", "0001"});
  while (kills < rounds(20, 4) && !HasFailure()) {
    begin();
    kills += killed_after(effects->command(kUp), dice.up_to(longest)) ? 1 : 0;
    effects->finish_up();
  }
}

TEST_P(KillTest, OfTwoRunsAtOnceTheOneThatLivesFinishesByItself) {
  ASSERT_TRUE(exits(effects->tide({"up", "0001"}), 0));
  const microseconds longest = effects->duration_of(kUp);
  while (kills < rounds(12, 4) && !HasFailure()) {
    effects->finish_down();
    Process first(effects->command(kUp));
    Process second(effects->command(kUp));
    const bool kills_first = dice.coin();
    std::this_thread::sleep_for(dice.up_to(longest));
    (kills_first ? first : second).signal(SIGKILL);
    kills += (kills_first ? first : second).wait().signal == SIGKILL ? 1 : 0;
    EXPECT_TRUE(exits((kills_first ? second : first).wait(), 0));
    effects->expect_done(Effects::kAll);
  }
}

}  // namespace
}  // namespace tide::test
