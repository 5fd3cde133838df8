#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kCommands[] = {"init",   "new",     "status",   "plan",    "up",         "down", "redo",
                                 "verify", "history", "baseline", "resolve", "completion", "help"};

class HelpTest : public testing::Test {
 protected:
  Project project;
};

TEST_F(HelpTest, ListsEveryCommandOnStdout) {
  for (const Args& args : {Args{"help"}, Args{"--help"}, Args{"-h"}}) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_EQ(outcome.err, "");
    for (const char* command : kCommands) EXPECT_TRUE(contains(outcome.out, std::string("\n  ") + command));
  }
}

TEST_F(HelpTest, NamesTheGlobalFlags) {
  const std::string help = project.tide({"--help"}).out;
  for (const char* flag : {"--env", "--url", "--project", "--yes", "--confirm", "--json", "-q", "-v", "--color",
                           "--log-file", "--version"}) {
    EXPECT_TRUE(contains(help, flag));
  }
}

TEST_F(HelpTest, OfACommandNamesItsFlags) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> cases = {
      {"new", {"--data", "--sql"}}, {"status", {"--exit-code"}},
      {"plan", {"--sql"}},          {"up", {"-n", "--single-transaction", "--allow-out-of-order", "--plan"}},
      {"down", {"-n", "--to"}},     {"resolve", {"--applied", "--reverted", "--retry", "--reason"}},
  };
  for (const auto& [command, flags] : cases) {
    const Outcome by_flag = project.tide({command, "--help"});
    const Outcome by_command = project.tide({"help", command});
    EXPECT_TRUE(exits(by_flag, 0));
    EXPECT_EQ(by_flag.out, by_command.out) << command;
    for (const char* flag : flags) EXPECT_TRUE(contains(by_flag.out, flag)) << command;
  }
}

TEST_F(HelpTest, OfEveryCommandNeedsNeitherProjectNorDatabase) {
  const TempDir empty;
  for (const char* name : kCommands) {
    Command command = project.command({name, "--help"});
    command.directory = empty.path();
    const Outcome outcome = run(command);
    EXPECT_TRUE(exits(outcome, 0)) << name;
    EXPECT_TRUE(contains(outcome.out, name));
  }
}

TEST_F(HelpTest, VersionIsOneLineOnStdout) {
  const Outcome outcome = project.tide({"--version"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out.rfind("tide ", 0), 0u) << outcome.out;
  EXPECT_EQ(outcome.out.find('\n'), outcome.out.size() - 1) << outcome.out;
}

TEST_F(HelpTest, WithoutACommandIsAUsageErrorThatShowsTheCommands) {
  const Outcome outcome = project.tide({});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "status"));
}

TEST_F(HelpTest, AnUnknownCommandOrFlagNamesTheNearestOne) {
  const std::vector<std::pair<Args, const char*>> cases = {
      {{"statsu"}, "status"},
      {{"upp"}, "up"},
      {{"histroy"}, "history"},
      {{"help", "verfy"}, "verify"},
      {{"up", "--singel-transaction"}, "--single-transaction"},
      {{"up", "--alow-out-of-order"}, "--allow-out-of-order"},
      {{"status", "--exitcode"}, "--exit-code"},
      {{"status", "--jsn"}, "--json"},
  };
  for (const auto& [args, nearest] : cases) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 2)) << args.back();
    EXPECT_EQ(outcome.out, "") << args.back();
    EXPECT_TRUE(contains(outcome.err, args.back()));
    EXPECT_TRUE(contains(outcome.err, nearest)) << args.back();
  }
}

TEST_F(HelpTest, BadArgumentsAreUsageErrorsThatNameThem) {
  const std::vector<std::pair<Args, const char*>> cases = {
      {{"up", "-n", "many"}, "many"},
      {{"up", "-n", "-1"}, "-1"},
      {{"down", "-n", "0x"}, "0x"},
      {{"status", "surplus"}, "surplus"},
      {{"up", "--plan"}, "--plan"},
      {{"status", "--color", "pink"}, "pink"},
      {{"new"}, "NAME"},
      {{"baseline"}, "VERSION"},
      {{"resolve"}, "VERSION"},
      {{"completion"}, "SHELL"},
      {{"completion", "tcsh"}, "tcsh"},
      {{"-C", "/no/such/folder", "status"}, "/no/such/folder"},
  };
  for (const auto& [args, named] : cases) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 2)) << args[0];
    EXPECT_EQ(outcome.out, "") << args[0];
    EXPECT_TRUE(contains(outcome.err, named)) << args[0];
  }
}

TEST_F(HelpTest, CompletionIsAScriptTheShellAcceptsAndKnowsTheCommands) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = project.tide({"completion", shell});
    EXPECT_TRUE(exits(outcome, 0)) << shell;
    EXPECT_EQ(outcome.err, "") << shell;
    for (const char* command : kCommands) EXPECT_TRUE(contains(outcome.out, command)) << shell;
  }
  Command check;
  check.argv = {"bash", "-n"};
  check.input = project.tide({"completion", "bash"}).out;
  EXPECT_TRUE(exits(run(check), 0));
}

TEST_F(HelpTest, BashCompletesACommandAndAFlag) {
  Command bash;
  bash.argv = {"bash", "--norc"};
  bash.env["PATH"] = std::string(TIDE_BINARY).substr(0, std::string(TIDE_BINARY).rfind('/')) + ":/usr/bin:/bin";
  const std::string ask =
      "\ncomplete -p tide >/dev/null || exit 9"
      "\nf=$(complete -p tide | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
      "\nCOMP_WORDS=(tide hist); COMP_CWORD=1; COMP_LINE='tide hist'; COMP_POINT=9; $f tide hist tide; echo "
      "\"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(tide up --sing); COMP_CWORD=2; COMP_LINE='tide up --sing'; COMP_POINT=14; COMPREPLY=(); $f tide "
      "--sing up"
      "\necho \"${COMPREPLY[@]}\"\n";
  bash.input = project.tide({"completion", "bash"}).out + ask;
  const Outcome outcome = run(bash);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "history"));
  EXPECT_TRUE(contains(outcome.out, "--single-transaction"));
}

}  // namespace
}  // namespace tide::test
