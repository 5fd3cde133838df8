#include "cli/args.h"

#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/help.h"

namespace tide {
namespace {

using Words = std::vector<std::string>;

Args parse(const Words& words) { return parse_args(words, command_line()); }

std::string refusal(const Words& words, const std::map<std::string, std::string>& variables = {}) {
  try {
    Args args = parse(words);
    if (args.command) require_positionals(args);
    const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    take_variables(args, command_line(), lookup, Origin::kVariable);
    args.positive("count", 1);
    args.duration_ms("lock-timeout", 1);
    args.bytes("memory-limit", 0);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    return error.message;
  }
}

TEST(Args, GlobalOptionsStandBeforeAndBehindTheCommand) {
  const Words spellings[] = {
      {"-e", "prod", "--json", "up", "-n", "2"}, {"up", "-n", "2", "-e", "prod", "--json"},
      {"--env", "prod", "up", "-n2", "--json"},  {"--env=prod", "--json", "up", "--count=2"},
      {"up", "-eprod", "--json", "-n", "2"},
  };
  for (const Words& words : spellings) {
    const Args args = parse(words);
    ASSERT_NE(args.command, nullptr);
    EXPECT_STREQ(args.command->name, "up");
    EXPECT_EQ(args.text("env"), "prod");
    EXPECT_EQ(args.positive("count", 0), 2);
    EXPECT_TRUE(args.has("json"));
    EXPECT_FALSE(args.has("quiet"));
  }
}

TEST(Args, LettersMayStandInOneWordAndTheLastMayTakeAValue) {
  const Args args = parse({"-vve", "prod", "status"});
  EXPECT_EQ(args.count("verbose"), 2);
  EXPECT_EQ(args.text("env"), "prod");
  EXPECT_STREQ(args.command->name, "status");
}

TEST(Args, VerboseCountsAndOtherOptionsTakeTheLastValue) {
  const Args args = parse({"-v", "-e", "a", "up", "--verbose", "-v", "-e", "b"});
  EXPECT_EQ(args.count("verbose"), 3);
  EXPECT_EQ(args.text("env"), "b");
}

TEST(Args, AValueMayBeEmptyOrLookLikeAnOption) {
  EXPECT_EQ(parse({"--url=", "status"}).text("url"), "");
  EXPECT_STREQ(parse({"--url=", "status"}).command->name, "status");
  EXPECT_EQ(parse({"--url", "", "status"}).text("url", "unset"), "");
  EXPECT_EQ(parse({"resolve", "1", "--reason", "--why"}).text("reason"), "--why");
  EXPECT_EQ(parse({"resolve", "1", "--reason=a=b [c,d]"}).text("reason"), "a=b [c,d]");
}

TEST(Args, PositionalsHaveTheirNames) {
  EXPECT_EQ(parse({"up", "2025"}).text("VERSION"), "2025");
  EXPECT_EQ(parse({"new", "create users", "--sql"}).text("NAME"), "create users");
  EXPECT_EQ(parse({"new", "--", "--odd"}).text("NAME"), "--odd");
}

TEST(Args, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse({"-h"}).has("help"));
  EXPECT_TRUE(parse({"new", "-h"}).has("help"));
  EXPECT_EQ(parse({}).command, nullptr);
}

TEST(Args, WhatTheRowsDoNotAllowIsRefusedInWords) {
  struct Case {
    Words words;
    const char* message;
  };
  const Case cases[] = {
      {{"statsu"}, "unknown command 'statsu'; did you mean 'status'?"},
      {{"frobnicate"}, "unknown command 'frobnicate'"},
      {{"up", "--singel-transaction"}, "unknown option '--singel-transaction'; did you mean '--single-transaction'?"},
      {{"--jsn=1", "up"}, "unknown option '--jsn'; did you mean '--json'?"},
      {{"up", "-x"}, "unknown option '-x'"},
      {{"up", "--exit-code"}, "unknown option '--exit-code'"},
      {{"status", "-e"}, "--env needs a value: --env NAME"},
      {{"up", "-yn"}, "--count needs a value: --count N"},
      {{"status", "--color", "pink"}, "--color is one of auto, always, never; 'pink' is none of them"},
      {{"status", "--json=maybe"}, "--json takes no value, but got 'maybe'"},
      {{"status", "extra"}, "'extra' is one argument too many: tide status [--exit-code]"},
      {{"new"}, "new needs NAME: tide new NAME [--data] [--sql] [--runbook]"},
      {{"up", "-n", "0"}, "--count takes a whole number above 0, not '0'"},
      {{"up", "-n", "-1"}, "--count takes a whole number above 0, not '-1'"},
      {{"up", "-n", "9999999999"}, "--count takes a whole number above 0, not '9999999999'"},
      {{"up", "--memory-limit", "64"}, "--memory-limit takes a size such as 512MB or 2GB, not '64'"},
      {{"up", "--memory-limit", "0MB"}, "--memory-limit takes a size such as 512MB or 2GB, not '0MB'"},
      {{"up", "--memory-limit", "9999999999GB"},
       "--memory-limit takes a size such as 512MB or 2GB, not '9999999999GB'"},
      {{"up", "--lock-timeout", "soon"}, "--lock-timeout takes a duration such as 30s, 500ms or 2m, not 'soon'"},
  };
  for (const Case& c : cases) EXPECT_EQ(refusal(c.words), c.message);
}

TEST(Args, AVariableStandsInForItsFlag) {
  Args args = parse({"up", "-e", "flag"});
  const auto variables = [](const std::string& name) -> std::optional<std::string> {
    if (name == "TIDE_ENV" || name == "TIDE_URL") return "variable";
    if (name == "TIDE_LOCK_TIMEOUT") return "3s";
    if (name == "TIDE_YES" || name == "TIDE_VERSION") return "1";
    if (name == "TIDE_JSON") return "false";
    if (name == "TIDE_LOG_FILE") return "";
    return std::nullopt;
  };
  take_variables(args, command_line(), variables, Origin::kVariable);
  EXPECT_EQ(args.text("env"), "flag");
  EXPECT_EQ(args.origin("env"), Origin::kFlag);
  EXPECT_EQ(args.text("url"), "variable");
  EXPECT_EQ(args.origin("url"), Origin::kVariable);
  EXPECT_EQ(args.duration_ms("lock-timeout", 0), 3000);
  EXPECT_TRUE(args.has("yes"));
  EXPECT_FALSE(args.has("json"));
  EXPECT_FALSE(args.has("log-file"));
  EXPECT_FALSE(args.has("version"));
}

TEST(Args, ABadVariableIsNamed) {
  EXPECT_EQ(refusal({"up"}, {{"TIDE_YES", "perhaps"}}), "the variable TIDE_YES is a flag: 1 or 0, not 'perhaps'");
  EXPECT_EQ(refusal({"up"}, {{"TIDE_COLOR", "pink"}}),
            "the variable TIDE_COLOR is one of auto, always, never; 'pink' is none of them");
  EXPECT_EQ(refusal({"up"}, {{"TIDE_LOCK_TIMEOUT", "soon"}}),
            "TIDE_LOCK_TIMEOUT takes a duration such as 30s, 500ms or 2m, not 'soon'");
}

TEST(CommandTable, EveryRowIsComplete) {
  std::map<char, int> letters;
  for (const Option& option : command_line().globals) {
    EXPECT_STRNE(option.help, "") << option.name;
    if (option.letter) ++letters[option.letter];
  }
  for (const auto& [letter, uses] : letters) EXPECT_EQ(uses, 1) << letter;
  for (const CommandRow& command : command_line().commands) {
    EXPECT_STRNE(command.summary, "") << command.name;
    EXPECT_NE(command.run, nullptr) << command.name;
    for (const Positional& positional : command.positionals) EXPECT_STRNE(positional.help, "") << command.name;
    for (const Option& option : command.options) {
      EXPECT_STRNE(option.help, "") << command.name << " --" << option.name;
      EXPECT_EQ(letters[option.letter] > 0 && option.letter, false) << command.name << " -" << option.letter;
    }
  }
}

TEST(Help, IsWrittenFromTheRows) {
  const std::string all = overview(command_line());
  for (const CommandRow& command : command_line().commands) {
    EXPECT_NE(all.find(command.summary), std::string::npos) << command.name;
    const std::string help = command_help(command_line(), command);
    for (const Option& option : command.options) EXPECT_NE(help.find(option.help), std::string::npos) << option.name;
  }
}

}  // namespace
}  // namespace tide
