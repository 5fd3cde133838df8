#include "cli/dotenv.h"

#include <gtest/gtest.h>

#include "tide/error.h"

namespace tide {
namespace {

using Map = std::map<std::string, std::string>;

TEST(Dotenv, ReadsWhatPeopleWrite) {
  struct Case {
    const char* text;
    Map variables;
  };
  const Case cases[] = {
      {"", {}},
      {"\n  \n# only a comment\n", {}},
      {"A=1", {{"A", "1"}}},
      {"A=1\nB=2\n", {{"A", "1"}, {"B", "2"}}},
      {"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}},
      {"export A=1", {{"A", "1"}}},
      {"export=1", {{"export", "1"}}},
      {"  A = some words  ", {{"A", "some words"}}},
      {"A=", {{"A", ""}}},
      {"A=1 # why", {{"A", "1"}}},
      {"A=p#ss", {{"A", "p#ss"}}},
      {"A=#nothing", {{"A", ""}}},
      {"A='# $HOME \\n' # why", {{"A", "# $HOME \\n"}}},
      {R"(A="line\nnext \"q\" \\ \$")", {{"A", "line\nnext \"q\" \\ $"}}},
      {"A=\"two\nlines\"\nB=2", {{"A", "two\nlines"}, {"B", "2"}}},
      {"A=postgres://u:p@h/db?x=y", {{"A", "postgres://u:p@h/db?x=y"}}},
      {"A=1\nA=2", {{"A", "2"}}},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_dotenv(c.text, ".env"), c.variables) << c.text;
}

TEST(Dotenv, ABadLineIsAnErrorWithItsNumber) {
  struct Case {
    const char* text;
    int line;
    const char* message;
  };
  const char* const kName = "a variable's name has letters, digits and underscores and does not begin with a digit";
  const Case cases[] = {
      {"A=1\nnonsense\n", 2, "this line is no NAME=value"},
      {"A B=1", 1, "this line is no NAME=value"},
      {"\n\n1A=1", 3, kName},
      {"=1", 1, kName},
      {"A=1\nB='open\nC=2", 2, "the quote that opens the value of B is never closed"},
      {"A=\"x\" y", 1, "there is text behind the closing quote of A"},
  };
  for (const Case& c : cases) {
    try {
      parse_dotenv(c.text, "app/.env");
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig);
      EXPECT_EQ(error.message, c.message);
      EXPECT_EQ(error.file, "app/.env");
      EXPECT_EQ(error.line, c.line) << c.text;
    }
  }
}

}  // namespace
}  // namespace tide
