#include <sstream>
#include <string>

#include "cli/project.h"

namespace tide::test {
namespace {

// Where a terminal puts the byte at `offset`: CJK takes two columns, a tab goes on to the next multiple of eight.
std::size_t terminal_column(const std::string& line, std::size_t offset) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < offset; ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (byte == '\t') {
      column += 8 - column % 8;
    } else if ((byte & 0xC0) != 0x80) {
      column += byte >= 0xE3 && byte <= 0xEC ? 2 : 1;
    }
  }
  return column;
}

// The caret stands on the line after the one that has `word`, in the column where `word` begins.
testing::AssertionResult caret_under(const std::string& screen, const std::string& word) {
  std::istringstream lines(screen);
  std::string previous, line;
  while (std::getline(lines, line)) {
    const auto caret = line.find('^');
    const auto at = previous.find(word);
    if (caret != std::string::npos && line.find_first_not_of(" \t|^~:0123456789") == std::string::npos &&
        at != std::string::npos) {
      const auto expected = terminal_column(previous, at), found = terminal_column(line, caret);
      if (expected == found) return testing::AssertionSuccess();
      return testing::AssertionFailure() << "caret in column " << found << ", expected " << expected << ":\n"
                                         << previous << "\n"
                                         << line;
    }
    previous = line;
  }
  return testing::AssertionFailure() << "no caret under " << word << " in:\n" << screen;
}

class FailureScreenTest : public OnEngine {
 protected:
  // The screen of an `up` that must fail with `code`; the database must stay as it was.
  std::string screen(const std::string& migration, int code = 1, const std::string& extension = ".lua") {
    project.write("migrations/20250101000001_one" + extension, migration);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, code));
    EXPECT_EQ(project.tables(), "");
    EXPECT_EQ(project.applied(), "");
    EXPECT_TRUE(contains(outcome.err, "20250101000001"));
    return outcome.err;
  }
};
TIDE_ON_BOTH_ENGINES(FailureScreenTest);

TEST_P(FailureScreenTest, OfALuaErrorNamesFileAndLine) {
  const std::string text = screen(lua_migration("db:execute 'CREATE TABLE one (n integer)'\n\nerror 'boom'"));
  EXPECT_TRUE(contains(text, "boom"));
  EXPECT_TRUE(contains(text, "migrations/20250101000001_one.lua:5"));
}

TEST_P(FailureScreenTest, OfALuaErrorInAFunctionNamesTheLineWhereItHappened) {
  const std::string text =
      screen("local function convert(row)\n  return row.phone:lower()\nend\n\n" + lua_migration("convert { }"));
  EXPECT_TRUE(contains(text, "20250101000001_one.lua:2"));
  EXPECT_TRUE(contains(text, "phone"));
}

TEST_P(FailureScreenTest, OfErrorsThatAreNotTextIsStillUseful) {
  for (const char* raised : {"error {}", "error { code = 7 }", "error()", "error(nil)", "error(42)", "error(true)"}) {
    const std::string text = screen(lua_migration(raised));
    EXPECT_TRUE(contains(text, "20250101000001_one.lua")) << raised;
  }
  EXPECT_TRUE(
      contains(screen(lua_migration("error(setmetatable({}, { __tostring = function() return 'I am here' end }))")),
               "I am here"));
}

TEST_P(FailureScreenTest, OfAnErrorInsideAnErrorHandlerIsStillUseful) {
  const std::string text = screen(lua_migration(R"lua(
    db:execute 'CREATE TABLE one (n integer)'
    local ok, why = xpcall(function() error 'first' end, function(e) error 'second' end)
    error('handler: ' .. tostring(ok) .. ' ' .. tostring(why)))lua"));
  EXPECT_TRUE(contains(text, "handler: false"));
}

TEST_P(FailureScreenTest, OfARunawayRecursionIsAnErrorAndNoCrash) {
  EXPECT_TRUE(contains(screen(lua_migration("local function f(n) return 1 + f(n + 1) end\nf(1)")), "stack overflow"));
}

TEST_P(FailureScreenTest, OfAnSqlErrorHasLuaLineStatementAndCaret) {
  const std::string text = screen(
      "return {\n  up = function(db)\n    db:execute 'CREATE TABLE one (n integer)'\n"
      "    db:execute 'SELECT n, wrong_column FROM one'\n  end,\n}\n");
  EXPECT_TRUE(contains(text, "20250101000001_one.lua:4"));
  EXPECT_TRUE(contains(text, "wrong_column"));
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, PutsTheCaretUnderTheRightCharacterWhateverStandsBeforeIt) {
  for (const char* before :
       {"'plain'", "'Zażółć gęślą jaźń'", "'naïve — “quoted” … ½'", "'日本語のテキスト'", "\t'tab'\t"}) {
    const std::string text = screen(sql_migration(std::string("SELECT ") + before + ", wrong_column"));
    EXPECT_TRUE(caret_under(text, "wrong_column")) << before;
  }
}

TEST_P(FailureScreenTest, PutsTheCaretOnTheRightLineOfAStatementOfMany) {
  const std::string text =
      screen(sql_migration("\n    SELECT 'jaźń' AS a,\n           'ó' AS b, wrong_column,\n           3 AS c"));
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, PutsTheCaretUnderALateWordOfAVeryLongLine) {
  const std::string text = screen(sql_migration("SELECT '" + std::string(5000, 'x') + "', wrong_column"));
  EXPECT_LT(text.size(), 6000u);
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, OfAnSqlFileNamesFileLineAndColumn) {
  const std::string text = screen(
      "CREATE TABLE one (n integer);\n\n-- źdźbło\nSELECT 'gęś', wrong_column FROM one;\nSELECT 1;\n", 1, ".sql");
  EXPECT_TRUE(contains(text, "migrations/20250101000001_one.sql:4"));
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, OfDbFileNamesThatFilesLineToo) {
  project.write("sql/part.sql",
                "CREATE TABLE one (n integer);\nINSERT INTO one VALUES (1);\nSELECT 'żółw',\n  wrong_column;\n");
  const std::string text = screen(lua_migration("db:file 'sql/part.sql'"));
  EXPECT_TRUE(contains(text, "sql/part.sql:4"));
  EXPECT_TRUE(contains(text, "20250101000001_one.lua:3"));
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, OfDbScriptNamesTheLineInTheLuaFileOrInTheText) {
  const std::string text =
      screen(lua_migration("db:script [[\n  CREATE TABLE one (n integer);\n  SELECT wrong_column;\n]]"));
  EXPECT_TRUE(contains(text, "20250101000001_one.lua:"));
  EXPECT_TRUE(caret_under(text, "wrong_column"));
}

TEST_P(FailureScreenTest, OfDbFileThatIsNotThereNamesIt) {
  EXPECT_TRUE(contains(screen(lua_migration("db:file 'sql/nowhere.sql'")), "sql/nowhere.sql"));
}

TEST_P(FailureScreenTest, OfAConstraintNamesIt) {
  const std::string text = screen(lua_migration(R"lua(
    db:execute "CREATE TABLE one (n integer, CONSTRAINT n_is_small CHECK (n < 10))"
    db:execute("INSERT INTO one VALUES ($1)", 11))lua"));
  EXPECT_TRUE(contains(text, "n_is_small"));
}

TEST_P(FailureScreenTest, SaysWhatWasRolledBackAndWhatToDoNext) {
  const std::string text = screen(sql_migration("SELECT wrong_column"));
  EXPECT_TRUE(contains(text, "rolled back"));
  EXPECT_TRUE(contains(text, "tide "));
}

TEST_P(FailureScreenTest, OfAFailedVerificationSaysExpectedAndFound) {
  const std::string text = screen(
      "local expect = require 'tide.expect'\nreturn {\n"
      "  up = function(db) db:execute 'CREATE TABLE one (n integer)' end,\n"
      "  verify = function(db)\n    expect.value(db, 'SELECT 17'):equals(26)\n  end,\n}\n",
      4);
  for (const char* part : {"20250101000001_one.lua:5", "17", "26", "SELECT 17"}) EXPECT_TRUE(contains(text, part));
}

class PostgresFailureScreenTest : public testing::Test {
 protected:
  Project project{Engine::kPostgres};
};

TEST_F(PostgresFailureScreenTest, ShowsDetailAndHintOfTheServer) {
  project.write("migrations/20250101000001_one.lua",
                lua_migration("db:execute [[DO $$ BEGIN RAISE EXCEPTION 'the message' USING DETAIL = 'the detail', "
                              "HINT = 'the hint', ERRCODE = 'P0042'; END $$]]"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  for (const char* part : {"the message", "the detail", "the hint", "P0042"}) EXPECT_TRUE(contains(outcome.err, part));
  const Json error = parse_json(project.tide({"up", "--json"}).out)["error"];
  EXPECT_EQ(error.value("detail", ""), "the detail");
  EXPECT_EQ(error.value("hint", ""), "the hint");
  EXPECT_EQ(error.value("sqlstate", ""), "P0042");
}

TEST_F(PostgresFailureScreenTest, ShowsConstraintTableAndColumn) {
  project.write("migrations/20250101000001_one.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE one (n integer CONSTRAINT one_key PRIMARY KEY, must text NOT NULL)"
    db:execute "INSERT INTO one VALUES (1, 'x'), (1, 'y')")lua"));
  Json error = parse_json(project.tide({"up", "--json"}).out)["error"];
  EXPECT_EQ(error.value("constraint", ""), "one_key");
  EXPECT_EQ(error.value("table", ""), "one");
  project.write("migrations/20250101000001_one.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE one (n integer, must text NOT NULL)"
    db:execute "INSERT INTO one VALUES (1, NULL)")lua"));
  error = parse_json(project.tide({"up", "--json"}).out)["error"];
  EXPECT_EQ(error.value("column", ""), "must");
}

}  // namespace
}  // namespace tide::test
