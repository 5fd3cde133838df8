// How the lie works: the machine's clock is a year off, in one direction or the other, from one process of a run to the
// next (a library in front of libc adds the shift).
#include "cli/runbook_fixture.h"
#include "fault/preload/library.h"

namespace tide::test {
namespace {

class RunbookClock : public testing::Test, public RunbookFixture {
 protected:
  Outcome at(const std::string& shift, const Args& args) const {
    return run(
        project.command(args, {{"LD_PRELOAD", preloadable(TIDE_CLOCK_LIBRARY, project)}, {"TIDE_CLOCK_SHIFT", shift}}));
  }
};

TEST_F(RunbookClock, ARunIsTimedAndResumedWhateverTheClockSays) {
  write_book(
      "timers = { { 'Remind', every = '1h' } }, phases = { { 'Do', budget = '1h', { 'One', up = function() end }, "
      "{ 'Two', timeout = '1h', up = function() if not fs.exists 'go' then error 'no' end end } } }");
  EXPECT_TRUE(exits(at("31536000", {"run", "task"}), 1));
  project.write("go", "");
  const Outcome resumed = at("-31536000", {"run", "task", "--resume"});
  EXPECT_TRUE(exits(resumed, 0));
  EXPECT_TRUE(lacks(resumed.err, "reminder"));
  EXPECT_TRUE(lacks(resumed.err, "budget"));
  const Json told = project.json({"report", "last"});
  EXPECT_GT(told["total"], 0);
  EXPECT_LT(told["total"], 3600);
}

TEST_F(RunbookClock, TheLastRunIsTheLastOneThatBegan) {
  write_book("phases = { { 'Do', { 'One', up = function() if fs.exists 'bad' then error 'no' end end } } }");
  const Outcome first = at("31536000", {"run", "task"});
  const Outcome second = at("0", {"run", "task"});
  project.write("bad", "");
  const Outcome third = at("-31536000", {"run", "task"});
  EXPECT_TRUE(exits(third, 1));
  EXPECT_LT(first.out, second.out);
  EXPECT_EQ(project.json({"report", "last"})["state"], "failed");
  project.remove("bad");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume"}), 0));
}

}  // namespace
}  // namespace tide::test
