#include <chrono>
#include <thread>

#include "cli/project.h"

namespace tide::test {
namespace {

class ProtectionTest : public OnEngine {
 protected:
  ProtectionTest() {
    project.write("tide.toml", "default_env = \"production\"\n\n[env.production]\nurl = \"" + project.url() +
                                   "\"\nprotected = true\n");
    project.write("migrations/20250101000001_one.lua", creates("one"));
  }
  void expect_refused(const Args& args, const Env& env = {}) {
    const Outcome outcome = project.tide(args, env);
    EXPECT_TRUE(exits(outcome, 6)) << testing::PrintToString(args);
    EXPECT_TRUE(contains(outcome.err, "production"));
    EXPECT_TRUE(contains(outcome.err, "--confirm"));
  }
};
TIDE_ON_BOTH_ENGINES(ProtectionTest);

TEST_P(ProtectionTest, NothingChangesWithoutTheName) {
  expect_refused({"up"});
  expect_refused({"up", "-y"});
  expect_refused({"up", "--confirm", "prod"});
  expect_refused({"up", "--confirm", ""});
  expect_refused({"up"}, {{"TIDE_CONFIRM", "staging"}});
  EXPECT_EQ(project.tables(), "");
}

TEST_P(ProtectionTest, EveryCommandThatChangesIsHeld) {
  EXPECT_TRUE(exits(project.tide({"up", "--confirm", "production"}), 0));
  expect_refused({"down"});
  expect_refused({"redo"});
  expect_refused({"baseline", "20250101000001"});
  expect_refused({"resolve", "20250101000001", "--reverted", "--reason", "no"});
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_P(ProtectionTest, CommandsThatLookAreNotHeld) {
  for (const Args& args : {Args{"status"}, Args{"plan"}, Args{"plan", "--sql"}, Args{"history"}, Args{"verify"}}) {
    EXPECT_TRUE(exits(project.tide(args), 0)) << args[0];
  }
}

TEST_P(ProtectionTest, TheNameInTheVariableAnswersToo) {
  EXPECT_TRUE(exits(project.tide({"up"}, {{"TIDE_CONFIRM", "production"}}), 0));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(ProtectionTest, AnswersPipedInAreNotTakenForAPerson) {
  Command command = project.command({"up"});
  command.input = "production\n";
  EXPECT_TRUE(exits(run(command), 6));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(ProtectionTest, APersonTypesTheNameAtTheTerminal) {
  const Outcome outcome = run_in_terminal(project.command({"up"}), {{"production", "production\r"}});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(ProtectionTest, AnotherNameAtTheTerminalChangesNothing) {
  for (const char* answer : {"prod\r", "y\r", "\r", "\x04"}) {
    EXPECT_TRUE(exits(run_in_terminal(project.command({"up"}), {{"production", answer}}), 6));
  }
  EXPECT_EQ(project.tables(), "");
}

TEST_P(ProtectionTest, CtrlCAtThePromptIsAnInterruption) {
  Command command = project.command({"up"});
  command.terminal = true;
  command.timeout = std::chrono::seconds(10);
  Process process(command);
  ASSERT_TRUE(process.wait_for("production"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // a person reads the prompt first
  process.type("\x03");
  EXPECT_TRUE(exits(process.wait(), 130));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(ProtectionTest, ARefusalIsAnErrorInTheJson) {
  const Outcome outcome = project.tide({"up", "--json"});
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_EQ(parse_json(outcome.out)["error"].value("kind", ""), "gate");
}

}  // namespace
}  // namespace tide::test
