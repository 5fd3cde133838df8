#include "cli/project.h"

namespace tide::test {
namespace {

class GatesTest : public OnEngine {
 protected:
  GatesTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    demand("");
  }
  void demand(const std::string& gates) {
    project.write("tide.toml", "[env.production]\nurl = \"" + project.url() + "\"\n" +
                                   (gates.empty() ? "" : "gates = [" + gates + "]\n"));
  }
  void expect_held(const Args& args) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 6)) << args[0];
    EXPECT_TRUE(contains(outcome.err, "environment 'production' may not be changed now"));
    EXPECT_TRUE(contains(outcome.err, "nothing was changed"));
  }
};
TIDE_ON_BOTH_ENGINES(GatesTest);

TEST_P(GatesTest, EveryGateThatIsShutIsSaidAtOnceWithWhatOpensIt) {
  demand("\"rehearsal\", \"signature\"");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 6));
  for (const char* part :
       {"gate 'rehearsal' demands a rehearsal of exactly this plan",
        "gate 'signature' demands a signature of exactly this plan", "next:", "tide rehearse", "`sign`"}) {
    EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_EQ(project.tables(), "");
}

TEST_P(GatesTest, ThePlanAnnouncesWhatUpWouldMeetShut) {
  demand("\"rehearsal\"");
  const Outcome plan = project.tide({"plan"});
  EXPECT_TRUE(exits(plan, 0));
  EXPECT_TRUE(
      contains(plan.out, "shut, so that `up` would be refused:\n  gate 'rehearsal' demands a rehearsal of exactly"));
  const Json shut = parse_json(project.tide({"plan", "--json"}).out)["shut_gates"];
  ASSERT_EQ(shut.size(), 1u);
  EXPECT_EQ(shut[0]["who"], "gate 'rehearsal'");
  demand("");
  EXPECT_TRUE(lacks(project.tide({"plan"}).out, "shut"));
  EXPECT_EQ(parse_json(project.tide({"plan", "--json"}).out)["shut_gates"].size(), 0u);
}

TEST_P(GatesTest, UpDownAndRedoAreHeld) {
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  project.write("migrations/20250101000002_two.lua", creates("two"));
  demand("\"signature\"");
  expect_held({"up"});
  expect_held({"down"});
  expect_held({"redo"});
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(GatesTest, WhatRunsNothingIsNotHeld) {
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  project.write("migrations/20250101000002_two.lua", creates("two"));
  demand("\"signature\"");
  for (const Args& args :
       {Args{"status"}, Args{"plan"}, Args{"plan", "--sql"}, Args{"history"}, Args{"verify"},
        Args{"baseline", "20250101000002"}, Args{"resolve", "20250101000002", "--reverted", "--reason", "x"}}) {
    EXPECT_TRUE(exits(project.tide(args), 0)) << args[0];
  }
}

TEST_P(GatesTest, NothingToDoNeedsNoGate) {
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  demand("\"signature\"");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_P(GatesTest, YesAndTheNameOpenNoGate) {
  demand("\"signature\"");
  expect_held({"up", "-y"});
  expect_held({"up", "--confirm", "production"});
}

TEST_P(GatesTest, WhatAMigrationRequiresIsSaidTogetherWithTheGates) {
  project.write("migrations/20250101000002_two.lua",
                "return { requires = { backup = '30m' }, up = function(db) db:execute 'CREATE TABLE two (n integer)' "
                "end }\n");
  demand("\"signature\"");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_TRUE(contains(outcome.err, "gate 'signature'"));
  EXPECT_TRUE(
      contains(outcome.err, "20250101000002 two demands a verified backup of this database, not older than 30m"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(GatesTest, ARefusalIsAnErrorInTheJson) {
  demand("\"signature\"");
  const Outcome outcome = project.tide({"up", "--json"});
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_EQ(parse_json(outcome.out)["error"].value("kind", ""), "gate");
}

TEST_P(GatesTest, AGateThatDoesNotExistIsAnErrorOfItsLine) {
  demand("\"bakcup\"");
  const Outcome outcome = project.tide({"status"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "unknown gate 'bakcup' in [env.production], did you mean 'backup'?"));
  EXPECT_TRUE(contains(outcome.err, "tide.toml:3"));
}

}  // namespace
}  // namespace tide::test
