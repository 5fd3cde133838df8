#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kEscape = "\x1b[";

class OutputTest : public testing::Test {
 protected:
  OutputTest() {
    project.write("migrations/20250101000001_one.lua", lua_migration(R"lua(
      print "from print"
      log.info "from log.info"
      log.debug "from log.debug"
      log.warn "from log.warn"
      db:execute "CREATE TABLE one (n integer)")lua"));
  }
  Project project;
};

TEST_F(OutputTest, WhatAScriptSaysGoesToStderr) {
  const Outcome outcome = project.tide({"up"});
  for (const char* said : {"from print", "from log.info", "from log.warn"}) {
    EXPECT_TRUE(contains(outcome.err, said));
    EXPECT_TRUE(lacks(outcome.out, said));
  }
  EXPECT_TRUE(lacks(outcome.err, "from log.debug"));
}

TEST_F(OutputTest, JsonStaysOneDocumentWhateverAScriptSays) {
  const Outcome outcome = project.tide({"up", "--json", "-v"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(parse_json(outcome.out)["error"].is_null());
}

TEST_F(OutputTest, QuietIsSilentAboutWhatWorksAndNotAboutWhatFails) {
  const Outcome fine = project.tide({"up", "-q"});
  EXPECT_TRUE(exits(fine, 0));
  EXPECT_TRUE(lacks(fine.all(), "20250101000001"));
  EXPECT_TRUE(lacks(fine.all(), "from log.info"));
  project.write("migrations/20250101000002_two.lua", lua_migration("error 'loud'"));
  const Outcome failed = project.tide({"up", "-q"});
  EXPECT_TRUE(exits(failed, 1));
  EXPECT_TRUE(contains(failed.err, "loud"));
}

TEST_F(OutputTest, VerboseShowsTheStatements) {
  EXPECT_TRUE(lacks(project.tide({"up"}).err, "CREATE TABLE one"));
  project.tide({"down"});
  project.value("DROP TABLE one");
  const Outcome outcome = project.tide({"up", "-v"});
  EXPECT_TRUE(contains(outcome.err, "CREATE TABLE one"));
  EXPECT_TRUE(contains(outcome.err, "from log.debug"));
}

TEST_F(OutputTest, ThereAreNoColoursOffTheTerminalUnlessAskedFor) {
  EXPECT_TRUE(lacks(project.tide({"status"}).all(), kEscape));
  project.write("migrations/20250101000001_one.lua", lua_migration("error 'red'"));
  EXPECT_TRUE(lacks(project.tide({"up"}).all(), kEscape));
  EXPECT_TRUE(contains(project.tide({"up", "--color", "always"}).err, kEscape));
}

TEST_F(OutputTest, NoColorAndColorNeverAreHonouredOnATerminal) {
  EXPECT_TRUE(
      lacks(run_in_terminal(project.command({"status"}, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}), {}).out, kEscape));
  EXPECT_TRUE(
      lacks(run_in_terminal(project.command({"up", "--color", "never"}, {{"TERM", "xterm"}}), {}).out, kEscape));
}

TEST_F(OutputTest, TheLogFileHasTheRunAndTheScriptsWordsAndGrows) {
  project.tide({"up", "-q", "--log-file", "run.log"});
  const std::string first = project.read("run.log");
  EXPECT_TRUE(contains(first, "20250101000001"));
  EXPECT_TRUE(contains(first, "from log.info"));
  EXPECT_TRUE(lacks(first, kEscape));
  project.tide({"status", "--log-file", "run.log"});
  EXPECT_EQ(project.read("run.log").rfind(first, 0), 0u);
}

TEST_F(OutputTest, AnErrorIsInTheLogFileToo) {
  project.write("migrations/20250101000002_two.lua", lua_migration("error 'loud'"));
  project.tide({"up", "--log-file", "run.log"});
  EXPECT_TRUE(contains(project.read("run.log"), "loud"));
}

TEST_F(OutputTest, AFullDiskUnderStdoutIsAnErrorNotASuccess) {
  Command command = project.command({"status"});
  command.argv = {"sh", "-c", "exec \"$0\" status >/dev/full", TIDE_BINARY};
  EXPECT_NE(run(command).code, 0);
}

TEST_F(OutputTest, AReaderThatGoesAwayIsNoCrash) {
  Command command = project.command({});
  command.argv = {"bash", "-c", "\"$0\" help | true; code=${PIPESTATUS[0]}; [ $code -ne 134 ] && [ $code -ne 139 ]",
                  TIDE_BINARY};
  EXPECT_TRUE(exits(run(command), 0));
}

TEST_F(OutputTest, ControlCharactersOfNamesAndMessagesDoNotReachTheTerminal) {
  project.write("migrations/20250101000001_one.lua", lua_migration("error 'red \\27[31m alert \\7'"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(contains(outcome.err, "alert"));
  EXPECT_TRUE(lacks(outcome.err, kEscape));
  EXPECT_TRUE(lacks(outcome.err, "\a"));
}

}  // namespace
}  // namespace tide::test
