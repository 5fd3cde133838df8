#include <chrono>
#include <thread>

#include "cli/project.h"

namespace tide::test {
namespace {

// confirm and ask, at a terminal and without one.
class QuestionsTest : public testing::Test {
 protected:
  Outcome run_script(const std::string& text, Args more = {}) {
    project.write("scripts/task.lua", text);
    more.insert(more.begin(), {"run", "task"});
    return project.tide(more);
  }
  Outcome answer(const std::string& text, const std::vector<std::pair<std::string, std::string>>& answers,
                 Args more = {}) {
    project.write("scripts/task.lua", text);
    more.insert(more.begin(), {"run", "task"});
    return run_in_terminal(project.command(more), answers);
  }

  Project project;
};

TEST_F(QuestionsTest, APersonConfirmsWithYesOnly) {
  for (const char* yes : {"y\r", "Yes\r", " YES \r"}) {
    EXPECT_TRUE(contains(answer("print(confirm 'Drop it?')", {{"Drop it? [y/N]", yes}}).all(), "true")) << yes;
  }
  for (const char* no : {"n\r", "\r", "yess\r", "ja\r"}) {
    EXPECT_TRUE(contains(answer("print(confirm 'Drop it?')", {{"Drop it? [y/N]", no}}).all(), "false")) << no;
  }
  EXPECT_TRUE(exits(answer("print(confirm 'Drop it?')", {{"Drop it?", "\x04"}}), 6));
}

TEST_F(QuestionsTest, YesAnswersConfirmAndDefaultsWithoutAsking) {
  EXPECT_EQ(run_script("return tostring(confirm 'Drop it?') .. ask('Where?', { default = 'eu' })", {"--yes"}).out,
            "trueeu\n");
  EXPECT_TRUE(exits(run_script("ask 'Where?'", {"--yes"}), 6));
}

TEST_F(QuestionsTest, WithoutATerminalTheFlagIsNamed) {
  const Outcome confirmed = run_script("fs.write('before', '') confirm 'Drop it?'");
  EXPECT_TRUE(exits(confirmed, 6));
  EXPECT_TRUE(contains(confirmed.err, "--yes"));
  const Outcome asked = run_script("ask 'Which region?'");
  EXPECT_TRUE(exits(asked, 6));
  EXPECT_TRUE(contains(asked.err, "--set which_region=..."));
}

TEST_F(QuestionsTest, WhatIsPipedInIsNotTakenForAPerson) {
  project.write("scripts/task.lua", "confirm 'Drop it?'");
  Command command = project.command({"run", "task"});
  command.input = "y\n";
  EXPECT_TRUE(exits(run(command), 6));
}

TEST_F(QuestionsTest, AnAnswerComesFromTheFlag) {
  EXPECT_EQ(run_script("return ask 'Which region?'", {"--set", "which_region=eu"}).out, "eu\n");
  const Outcome outcome = run_script("return ask('Where?', { choices = { 'eu', 'us' } })", {"--set", "where=mars"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "'mars' is none of eu, us"));
}

TEST_F(QuestionsTest, APersonIsAskedAgainUntilTheAnswerFits) {
  const Outcome outcome = answer("print('got ' .. ask('Where?', { choices = { 'eu', 'us' } }))",
                                 {{"Where? (eu, us)", "mars\r"}, {"'mars' is none of eu, us", "us\r"}});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.all(), "got us"));
}

TEST_F(QuestionsTest, AnEmptyLineTakesTheDefault) {
  EXPECT_TRUE(
      contains(answer("print('got ' .. ask('Where?', { default = 'eu' }))", {{"Where? [eu]", "\r"}}).all(), "got eu"));
}

TEST_F(QuestionsTest, ASecretAnswerIsNeitherShownNorPrinted) {
  const Outcome outcome =
      answer("local key = ask('Key?', { secret = true }) print(#key, key)", {{"Key?", "hush-hush-hush\r"}});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.all(), "14"));
  EXPECT_TRUE(lacks(outcome.all(), "hush-hush"));
}

TEST_F(QuestionsTest, CtrlCAtAQuestionIsAnInterruption) {
  for (const char* text : {"confirm 'Drop it?'", "ask('Drop it?', { secret = true })", "pcall(confirm, 'Drop it?')"}) {
    project.write("scripts/task.lua", text);
    Command command = project.command({"run", "task"});
    command.terminal = true;
    Process process(command);
    ASSERT_TRUE(process.wait_for("Drop it?"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // a person reads the question first
    process.type("\x03");
    EXPECT_TRUE(exits(process.wait(), 130)) << text;
  }
}

TEST_F(QuestionsTest, AMigrationAsksToo) {
  project.write("migrations/1_a.lua", lua_migration("db:execute('CREATE TABLE ' .. ask 'Name?' .. ' (n integer)')"));
  EXPECT_TRUE(exits(project.tide({"up"}), 6));
  EXPECT_EQ(project.tables(), "");
  EXPECT_TRUE(exits(project.tide({"up", "--set", "name=moon"}), 0));
  EXPECT_EQ(project.tables(), "moon");
}

}  // namespace
}  // namespace tide::test
