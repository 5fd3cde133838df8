// The lie: the machine's clock is a year off, in one direction or the other, from one run to the next (a library in
// front of libc adds the shift); and the server's clock has gone back, so that a later event bears an earlier time.

#include <signal.h>

#include "cli/project.h"
#include "fault/preload/library.h"

namespace tide::test {
namespace {

const char* const kYearBack = "-31536000";
const char* const kYearAhead = "31536000";

class ClockTest : public OnEngine {
 protected:
  Command at(const std::string& shift, const Args& args) const {
    return project.command(args,
                           {{"LD_PRELOAD", preloadable(TIDE_CLOCK_LIBRARY, project)}, {"TIDE_CLOCK_SHIFT", shift}});
  }
  std::string table(const std::string& name) const { return (project.on_postgres() ? "tide." : "tide_") + name; }
  std::string runs() const { return project.value("SELECT count(DISTINCT run) FROM " + table("events")); }
  void write_endless(const std::string& body) {
    project.write("migrations/0002_two.lua",
                  "return { transaction = false, up = function(db)\ndb:execute 'CREATE TABLE IF NOT EXISTS two (n "
                  "integer)'\nlog.info 'now inside'\n" +
                      body + " end }\n");
  }
};
TIDE_ON_BOTH_ENGINES(ClockTest);

TEST_P(ClockTest, RunsOfAWrongClockAreKeptInTheOrderInWhichTheyHappened) {
  project.write("migrations/0001_one.lua", creates("one"));
  ASSERT_TRUE(exits(run(at(kYearAhead, {"up"})), 0));
  project.write("migrations/0002_two.lua", creates("two"));
  ASSERT_TRUE(exits(run(at(kYearBack, {"up"})), 0));
  ASSERT_TRUE(exits(run(at("0", {"down"})), 0));
  EXPECT_EQ(runs(), "3");
  EXPECT_EQ(project.applied(), "0001");
  std::string order;
  const Json history = project.json({"history"});
  for (const Json& event : history["events"]) {
    order += event.value("event", "") + " " + event.value("version", "") + "; ";
  }
  EXPECT_EQ(order, "applied 0001; applied 0002; reverted 0002; ");
}

TEST_P(ClockTest, AServersClockThatWentBackDoesNotTurnTheEventsRound) {
  project.write("migrations/0001_one.lua", creates("one"));
  project.write("migrations/0002_two.lua", creates("two"));
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  project.value("UPDATE " + table("events") + " SET at = '2001-01-01T00:00:00.000Z' WHERE version = '0002'");
  project.value("UPDATE " + table("migrations") +
                " SET applied_at = '2001-01-01T00:00:00.000Z' WHERE version = '0002'");
  const Json events = project.json({"history"})["events"];
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].value("version", ""), "0002");
  EXPECT_EQ(project.json({"status"}).value("current", ""), "0002");
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(ClockTest, AProcessThatIsGoneIsKnownToBeGoneWhateverTheClock) {
  project.write("migrations/0001_one.lua", creates("one"));
  write_endless("while true do end");
  Process process(at(kYearAhead, {"up"}));
  ASSERT_TRUE(process.wait_for("now inside"));
  EXPECT_TRUE(exits(run(at(kYearBack, {"up", "--lock-timeout", "0"})), 3)) << "it still runs";
  process.signal(SIGKILL);
  process.wait();
  write_endless("");
  EXPECT_TRUE(exits(run(at(kYearBack, {"up", "--lock-timeout", "10s"})), 0));
  EXPECT_EQ(project.applied(), "0001 0002");
}

TEST_P(ClockTest, ANewMigrationComesAfterTheOnesThatAreThere) {
  ASSERT_TRUE(exits(run(at(kYearAhead, {"new", "first"})), 0));
  ASSERT_TRUE(exits(run(at(kYearBack, {"new", "second"})), 0));
  const Json pending = project.json({"status"})["pending"];
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[1].value("name", ""), "second");
}

}  // namespace
}  // namespace tide::test
