#include "cli/error_screen.h"

#include <gtest/gtest.h>

#include "cli/excerpt.h"

namespace tide {
namespace {

std::string screen(const Error& error) {
  ScreenOptions options;
  options.read_file = [](const std::string& file) -> std::optional<std::string> {
    if (file != "migrations/1_users.lua") return std::nullopt;
    return "return {\n  up = function(db)\n\tdb:execute [[INSERT INTO users]]\n  end,\n}\n";
  };
  return error_screen(error, options);
}

TEST(ErrorScreen, OfARefusedStatementSaysEverything) {
  Error error(ErrorKind::kSql, "duplicate key value violates unique constraint \"users_email_key\"");
  error.at("migrations/1_users.lua", 3);
  error.sqlstate = "23505";
  error.step = "1 users (up)";
  error.statement = "INSERT INTO users (email)\nVALUES ('日本', 'x')";
  error.position = 41;
  error.detail = "Key (email)=(x) already exists.";
  error.hint = "Try another.";
  error.constraint = "users_email_key";
  error.table = "users";
  error.context = "SQL function \"f\" statement 1";
  error.traceback = "migrations/1_users.lua:3: in function 'up'\n[C]: in ?";
  error.note_done("rolled back: 1 users").advise("tide status").advise("tide up");
  EXPECT_EQ(screen(error), R"(error: duplicate key value violates unique constraint "users_email_key" (SQLSTATE 23505)
  in 1 users (up)
  at migrations/1_users.lua:3

    3 |     db:execute [[INSERT INTO users]]

    1 | INSERT INTO users (email)
    2 | VALUES ('日本', 'x')
      |                 ^

  DETAIL: Key (email)=(x) already exists.
  HINT: Try another.
  CONSTRAINT: users_email_key
  TABLE: users
  CONTEXT: SQL function "f" statement 1

Lua stack:
  migrations/1_users.lua:3: in function 'up'
  [C]: in ?

done:
  rolled back: 1 users

next:
  tide status
  tide up
)");
}

TEST(ErrorScreen, OfAPlainErrorIsALine) {
  EXPECT_EQ(screen(Error(ErrorKind::kUsage, "unknown command 'x'").advise("tide help")),
            "error: unknown command 'x'\n\nnext:\n  tide help\n");
}

TEST(ErrorScreen, AColumnInAFileGetsItsCaret) {
  Error error(ErrorKind::kLua, "'}' expected near 'db'");
  error.at("migrations/1_users.lua", 3).file_column = 2;
  EXPECT_EQ(screen(error),
            "error: '}' expected near 'db'\n  at migrations/1_users.lua:3:2\n\n"
            "    3 |     db:execute [[INSERT INTO users]]\n      |     ^\n");
}

TEST(ErrorScreen, OfTwoCopiesOfAStatementTheRefusedOneIsNumbered) {
  ScreenOptions options;
  options.read_file = [](const std::string&) { return std::optional<std::string>("SELEC 1;\nSELEC 1;\n"); };
  Error error(ErrorKind::kSql, "syntax error");
  error.at("1_twice.sql", 2);
  error.file_column = 1;
  error.statement = "SELEC 1";
  error.position = 1;
  EXPECT_EQ(error_screen(error, options), "error: syntax error\n  at 1_twice.sql:2:1\n\n    2 | SELEC 1\n      | ^\n");
}

TEST(ErrorScreen, OfTwoLinesThatLapOverTheRefusedOneIsNumbered) {
  ScreenOptions options;
  options.read_file = [](const std::string&) { return std::optional<std::string>("');\n');\n');\n"); };
  Error error(ErrorKind::kSql, "syntax error");
  error.at("1_lap.sql", 2);
  error.file_column = 1;
  error.statement = "');\n'";
  error.position = 1;
  EXPECT_NE(error_screen(error, options).find("    2 | ');\n      | ^\n"), std::string::npos);
}

TEST(ErrorScreen, CausesFollowWithTheirOwnPlaces) {
  Error cause(ErrorKind::kSql, "relation \"t\" does not exist");
  cause.sqlstate = "42P01";
  cause.statement = "SELECT * FROM t";
  cause.position = 15;
  Error error(ErrorKind::kVerify, "verify failed\nwith two lines");
  error.at("gone.lua", 9);
  error.cause = std::make_shared<Error>(cause);
  EXPECT_EQ(screen(error), R"(verification failed: verify failed
  with two lines
  at gone.lua:9

caused by: relation "t" does not exist (SQLSTATE 42P01)

    1 | SELECT * FROM t
      |               ^
)");
}

TEST(ErrorScreen, OfAnSqlFileShowsTheStatementOnly) {
  Error error(ErrorKind::kSql, "syntax error");
  error.at("migrations/1_users.lua.sql", 1);
  error.statement = "SELEC 1";
  error.position = 1;
  EXPECT_EQ(screen(error), "error: syntax error\n  at migrations/1_users.lua.sql:1\n\n    1 | SELEC 1\n      | ^\n");
}

TEST(ErrorScreen, LongStacksAndContextsAreCut) {
  Error error(ErrorKind::kLua, "boom");
  for (int i = 1; i <= 10; ++i) error.traceback += "frame " + std::to_string(i) + "\n";
  for (int i = 1; i <= 6; ++i) error.context += "line " + std::to_string(i) + "\n";
  const std::string text = screen(error);
  EXPECT_NE(
      text.find("  CONTEXT: line 1\n           line 2\n           line 3\n           line 4\n           … 2 more\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("  frame 8\n  … 2 more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("frame 9"), std::string::npos);
}

TEST(ErrorScreen, ADefectIsCalledOne) {
  EXPECT_EQ(screen(Error(ErrorKind::kInternal, "vector::at")),
            "error: vector::at\n\nThis is a defect of tide itself.\n");
}

TEST(ErrorScreen, NothingInItDrivesTheTerminal) {
  Error error(ErrorKind::kSql, "bad \033[2J value");
  error.statement = "SELECT '\033[2J'";
  error.note_done("\033c");
  EXPECT_EQ(screen(error).find('\033'), std::string::npos);
}

TEST(Excerpt, TheCaretStandsUnderTheCharacter) {
  struct Case {
    const char* text;
    int position;
    const char* shown;
  };
  const Case cases[] = {
      {"SELECT x", 8, "1 | SELECT x\n  |        ^\n"},  {"\tSELECT x", 9, "1 |     SELECT x\n  |            ^\n"},
      {"ab\tx", 4, "1 | ab  x\n  |     ^\n"},           {"'äöü' x", 7, "1 | 'äöü' x\n  |       ^\n"},
      {"'日本' x", 6, "1 | '日本' x\n  |        ^\n"},  {"'e\u0301' x", 6, "1 | 'e\u0301' x\n  |     ^\n"},
      {"'🚀' x", 5, "1 | '🚀' x\n  |      ^\n"},          {"a\nb\nc", 3, "1 | a\n2 | b\n  | ^\n3 | c\n"},
      {"a\r\nb x\r\n", 6, "1 | a\n2 | b x\n  |   ^\n"}, {"SELECT", 7, "1 | SELECT\n  |       ^\n"},
      {"SELECT", 99, "1 | SELECT\n  |       ^\n"},      {"SELECT 1", 0, "1 | SELECT 1\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(excerpt(c.text, c.position), c.shown);
}

TEST(Excerpt, OfALongStatementShowsNineLinesAround) {
  std::string text;
  for (int i = 1; i <= 30; ++i) text += "line " + std::to_string(i) + "\n";
  const int position = static_cast<int>(text.find("line 20")) + 1;
  const std::string shown = excerpt(text, position);
  EXPECT_EQ(shown.substr(0, shown.find('\n')), "16 | line 16");
  EXPECT_NE(shown.find("20 | line 20\n   | ^\n21 | line 21\n"), std::string::npos) << shown;
  EXPECT_EQ(shown.substr(shown.rfind("24 |")), "24 | line 24\n   | … 6 more lines\n");
}

TEST(Excerpt, OfALongLineIsCutAroundTheCaret) {
  ExcerptOptions options;
  options.columns = 20;
  const std::string text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
  EXPECT_EQ(excerpt(text, 0, options), "1 | 0123456789abcdefghi…\n");
  EXPECT_EQ(excerpt(text, 3, options), "1 | 0123456789abcdefghi…\n  |   ^\n");
  EXPECT_EQ(excerpt(text, 31, options), "1 | …lmnopqrstuvwxyzABC…\n  |           ^\n");
  EXPECT_EQ(excerpt(text, 46, options), "1 | …ABCDEFGHIJ\n  |           ^\n");
}

}  // namespace
}  // namespace tide
