#include <gtest/gtest.h>

#include <regex>

#include "base/text.h"
#include "repl/commands.h"
#include "repl/describe.h"
#include "sys/files.h"

// Whoever adds a row to a table writes its line in docs.
namespace tide::test {
namespace {

std::string page(const char* name) { return read_file(cat(TIDE_SOURCE_DIR, "/", name)); }

TEST(ReplDocs, NameEveryCommandOfThePrompt) {
  const std::string text = page("docs/repl.md");
  for (const ShellCommand& command : shell_commands()) {
    EXPECT_NE(text.find(cat("\\", command.name)), std::string::npos) << command.name;
    EXPECT_NE(*command.help, '\0') << command.name;
  }
}

TEST(ReplDocs, SayWhatToDoAboutEachAnswerOfInspect) {
  const std::string text = page("docs/inspect.md"), stubs = page("stdlib/meta/inspect.lua");
  const std::regex function(R"(function inspect\.(\w+)\()");
  for (std::sregex_iterator found(stubs.begin(), stubs.end(), function), end; found != end; ++found) {
    const std::string name = (*found)[1];
    EXPECT_NE(text.find(name == "diagnose" ? "`diagnose()`" : cat("| `", name, "` |")), std::string::npos) << name;
  }
}

TEST(ReplDocs, EveryListingIsACommand) {
  for (const Listing& listing : listings()) {
    bool known = false;
    for (const ShellCommand& command : shell_commands()) known = known || std::string(command.name) == listing.word;
    EXPECT_TRUE(known) << listing.word;
  }
}

TEST(NamePattern, FoldsAndTranslatesAsPsqlDoes) {
  EXPECT_EQ(name_pattern("Users").name, "users");
  EXPECT_EQ(name_pattern("\"Users\"").name, "Users");
  EXPECT_EQ(name_pattern("us?r*").name, "us_r%");
  EXPECT_EQ(name_pattern("a_b").name, "a\\_b");
  EXPECT_EQ(name_pattern("pub*.users").schema, "pub%");
  EXPECT_EQ(name_pattern("\"a.b\"").name, "a.b");
  EXPECT_EQ(name_pattern("").name, "%");
}

}  // namespace
}  // namespace tide::test
