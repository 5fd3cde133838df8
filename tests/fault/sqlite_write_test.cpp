// The lie: SQLite's own order of writes is what makes a migration whole, so it is broken off at every single one. A
// library that is loaded before all others (preload/) counts what `tide` does to the database's files (writes, syncs,
// truncations, removals) and kills it (SIGKILL) right before the one that the dice chose, or half-way through it.

#include <signal.h>

#include <cstdio>

#include "fault/dice.h"
#include "fault/effects.h"
#include "fault/preload/library.h"

namespace tide::test {
namespace {

const Args kUp{"up"};
const Args kDown{"down", "--to", "0001"};

class SqliteWriteTest : public testing::Test {
 protected:
  Command command(const Args& args, int strike_at, bool torn) {
    Command command = effects.command(args);
    command.env = {{"LD_PRELOAD", preloadable(TIDE_STRIKE_LIBRARY, effects.project())},
                   {"TIDE_STRIKE_AT", std::to_string(strike_at)},
                   {"TIDE_STRIKE_TORN", torn ? "1" : "0"},
                   {"TIDE_STRIKE_COUNT", effects.project().path("count")}};
    return command;
  }
  // How many instants there are to choose from.
  int instants_of(const Args& args) {
    EXPECT_TRUE(exits(run(command(args, 0, false)), 0));
    return std::stoi(effects.project().read("count"));
  }
  Dice dice;
  Effects effects{Engine::kSqlite};
};

TEST_F(SqliteWriteTest, UpAndDownAreFinishedByTheNextRunWhicheverWriteWasTheLast) {
  ASSERT_TRUE(exits(effects.tide({"up", "0001"}), 0));
  const int up_instants = instants_of(kUp);
  const int down_instants = instants_of(kDown);
  ASSERT_GT(up_instants, 10 * Effects::kAll);
  int kills = 0;
  for (bool upwards = true; kills < dice.rounds(80) && !HasFailure(); upwards = !upwards) {
    const int at = dice.between(1, upwards ? up_instants : down_instants);
    SCOPED_TRACE("instant " + std::to_string(at));
    EXPECT_EQ(run(command(upwards ? kUp : kDown, at, dice.coin())).signal, SIGKILL);
    ++kills;
    effects.expect_true_history();
    upwards ? effects.finish_up() : effects.finish_down();
  }
  std::printf("%d kills at %d + %d possible instants\n", kills, up_instants, down_instants);
}

TEST_F(SqliteWriteTest, AFirstUpIsFinishedWhicheverWriteWasTheLast) {
  const int instants = instants_of({"up", "0001"});
  for (int kills = 0; kills < dice.rounds(20) && !HasFailure(); ++kills) {
    Effects fresh(Engine::kSqlite);
    Command first = command({"up", "0001"}, dice.between(1, instants), dice.coin());
    first.directory = fresh.project().path();
    EXPECT_EQ(run(first).signal, SIGKILL);
    fresh.finish_up();
  }
}

}  // namespace
}  // namespace tide::test
