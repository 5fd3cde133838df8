#include "db/script.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "db/drivers.h"

namespace tide {
namespace {

using Files = std::map<std::string, std::string>;

// A script run against an in-memory SQLite database, its included files held in memory too.
class Script : public testing::Test {
 protected:
  ScriptResult run(const std::string& text, const std::string& file = "scripts/main.sql") {
    ScriptOptions options{file, [this](const std::string& path) {
                            const auto found = files_.find(path);
                            if (found == files_.end()) throw Error(ErrorKind::kIo, path + ": no such file");
                            ++reads_;
                            return found->second;
                          }};
    return run_script(*connection_, text, options);
  }

  Error refused(const std::string& text, const std::string& file = "scripts/main.sql") {
    try {
      run(text, file);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "accepted: " << text;
    return Error(ErrorKind::kInternal, "");
  }

  std::string value(const std::string& sql) {
    auto cursor = connection_->query(sql);
    return cursor->next() ? std::string(cursor->cell(0).text) : "";
  }

  std::string place(const Error& error) { return cat(error.file, ":", error.line, ":", error.file_column); }
  bool has_table(const std::string& name) {
    return value("SELECT name FROM sqlite_schema WHERE name = '" + name + "'") == name;
  }

  std::unique_ptr<Connection> connection_ = open_connection("sqlite::memory:");
  Files files_;
  int reads_ = 0;
};

TEST_F(Script, RunsStatementsAndCounts) {
  const ScriptResult result =
      run("CREATE TABLE t (a);\nINSERT INTO t VALUES ('x'), ('y');\n\\echo done\nDELETE FROM t");
  EXPECT_EQ(result.statements, 3);
  EXPECT_EQ(result.rows, 4);
}

TEST_F(Script, AcceptsWhatPgDumpAndPsqlScriptsBeginWith) {
  run("\\restrict abc\n\\set ON_ERROR_STOP on\n\\set ON_ERROR_STOP 1\n\\encoding UTF8\n\\pset pager "
      "off\n\\timing\n\\x\n"
      "CREATE TABLE t (a);\n\\unrestrict abc\n");
  EXPECT_TRUE(has_table("t"));
}

TEST_F(Script, RefusesBeforeAnythingHasRun) {
  struct Case {
    const char* line;
    const char* named;
    int column;
    ErrorKind kind = ErrorKind::kUsage;
  };
  const std::vector<Case> cases = {
      {"\\connect other", "\\connect", 1},
      {"  \\copy t FROM 'x.csv'", "\\copy", 3},
      {"SELECT 1 \\gexec", "\\gexec", 10},
      {"/* ä */ \\! rm -rf /", "\\!", 9},
      {"\\if true", "\\if", 1},
      {"\\q", "\\q", 1},
      {"\\set now `date`", "backquotes", 1},
      {"\\set a 'open", "closing '", 1},
      {"\\set AUTOCOMMIT off", "AUTOCOMMIT", 1},
      {"\\set ON_ERROR_ROLLBACK on", "ON_ERROR_ROLLBACK", 1},
      {"\\encoding LATIN1", "LATIN1", 1},
      {"\\i", "name of a file", 1},
      {"\\i missing.sql", "missing.sql", 1, ErrorKind::kIo},
      {"SELECT 1\n\\i scripts/part.sql", "inside a statement", 1},
      {"SELECT 1\\; SELECT 2;", "\\;", 1},
      {"COPY t FROM stdin;\n1\n\\.", "COPY", 1},
  };
  files_["scripts/part.sql"] = "SELECT 1;";
  for (const Case& c : cases) {
    const Error error = refused(cat("CREATE TABLE t (a);\n", c.line, "\n"));
    EXPECT_EQ(error.kind, c.kind) << c.line;
    EXPECT_NE(error.message.find(c.named), std::string::npos) << c.line << ": " << error.message;
    EXPECT_EQ(error.file, "scripts/main.sql") << c.line;
    EXPECT_EQ(error.line, starts_with(c.named, "inside") ? 3 : 2) << c.line;
    EXPECT_EQ(error.file_column, c.column) << c.line;
    EXPECT_FALSE(has_table("t")) << c.line;
  }
}

TEST_F(Script, SaysWhatIsUnderstoodInstead) {
  const Error error = refused("\\connect x");
  for (const char* word : {"\\i", "\\ir", "\\set", "\\unset", "\\echo", "COPY"}) {
    EXPECT_NE(error.message.find(word), std::string::npos) << word;
  }
}

TEST_F(Script, RefusesNulBytesRatherThanCuttingTheStatement) {
  const Error error = refused(std::string("SELECT 1;\nSELECT \0 2;", 21));
  EXPECT_NE(error.message.find("NUL"), std::string::npos);
  EXPECT_EQ(error.line, 2);
}

TEST_F(Script, APlaceInAnUnnamedTextIsInTheMessage) {
  const Error error = refused("SELECT 1;\n \\connect x", "");
  EXPECT_EQ(error.file, "");
  EXPECT_NE(error.message.find("line 2, column 2"), std::string::npos) << error.message;
  EXPECT_NE(refused("SELECT 1;\nSELECT nope", "").context.find("line 2"), std::string::npos);
}

TEST_F(Script, ErrorsNameThePlaceInTheFile) {
  const Error first = refused("SELECT 1;\n\n  SELECT 'ü',\n    nope FROM sqlite_schema;\n");
  EXPECT_EQ(first.file, "scripts/main.sql");
  EXPECT_EQ(first.line, first.position > 0 ? 4 : 3);
  EXPECT_EQ(first.file_column, first.position > 0 ? 5 : 3);
  EXPECT_EQ(first.statement, "SELECT 'ü',\n    nope FROM sqlite_schema");

  const Error after_variable = refused("\\set long '1 + 2 + 3'\nSELECT :long, nope FROM sqlite_schema;\n");
  EXPECT_EQ(place(after_variable), after_variable.position > 0 ? "scripts/main.sql:2:15" : "scripts/main.sql:2:1");
}

TEST_F(Script, StopsAtTheFirstError) {
  refused("CREATE TABLE a (x);\nSELECT nope;\nCREATE TABLE b (x);");
  EXPECT_TRUE(has_table("a"));
  EXPECT_FALSE(has_table("b"));
}

TEST_F(Script, IncludesFiles) {
  files_["scripts/part.sql"] = "CREATE TABLE beside (x);\n\\ir 'sub/deep.sql'\n";
  files_["scripts/sub/deep.sql"] = "CREATE TABLE deep (x);\n\\i root.sql\n";
  files_["root.sql"] = "CREATE TABLE root (x)";
  EXPECT_EQ(run("\\ir part.sql;\n").statements, 3);
  EXPECT_TRUE(has_table("beside") && has_table("deep") && has_table("root"));
}

TEST_F(Script, IncludesFromTheWorkingDirectoryBeforeBesideTheScript) {
  files_["part.sql"] = "CREATE TABLE here (x);";
  files_["scripts/part.sql"] = "CREATE TABLE beside (x);";
  files_["scripts/only.sql"] = "CREATE TABLE only (x);";
  run("\\i part.sql\n\\include \"only.sql\"\n");
  EXPECT_TRUE(has_table("here") && has_table("only"));
  EXPECT_FALSE(has_table("beside"));
}

TEST_F(Script, ReadsAnIncludedFileOnce) {
  files_["scripts/row.sql"] = "INSERT INTO t VALUES (:'v');";
  run("CREATE TABLE t (a);\n\\set v 1\n\\ir row.sql\n\\set v 2\n\\ir ./row.sql\n");
  EXPECT_EQ(value("SELECT group_concat(a, ' ') FROM t"), "1 2");
  EXPECT_EQ(reads_, 1);
}

TEST_F(Script, VariablesGoIntoIncludedFilesAndComeBack) {
  files_["scripts/set.sql"] = "\\set b :a 2\n\\unset a\n";
  run("\\set a 1\n\\ir set.sql\nCREATE TABLE t AS SELECT :'b' || ':a' AS v;");
  EXPECT_EQ(value("SELECT v FROM t"), "12:a");
}

TEST_F(Script, ErrorsInAnIncludedFileNameIt) {
  files_["scripts/part.sql"] = "SELECT 1;\n\n SELECT nope;";
  const Error error = refused("\\ir part.sql\n");
  EXPECT_EQ(error.file, "scripts/part.sql");
  EXPECT_EQ(error.line, 3);
  files_["scripts/part.sql"] = "SELECT 1;\n\\connect x";
  EXPECT_EQ(place(refused("CREATE TABLE t (a);\n\\ir part.sql\n")), "scripts/part.sql:2:1");
  EXPECT_FALSE(has_table("t"));
}

TEST_F(Script, RefusesIncludesThatComeRoundToThemselves) {
  files_["scripts/a.sql"] = "\\ir ./b.sql\n";
  files_["scripts/b.sql"] = "CREATE TABLE t (a);\n\\ir ../scripts/a.sql\n";
  files_["scripts/main.sql"] = "\\ir main.sql\n";
  const Error error = refused("\\ir a.sql\n");
  EXPECT_EQ(place(error), "scripts/b.sql:2:1");
  EXPECT_NE(error.message.find("scripts/a.sql -> scripts/b.sql"), std::string::npos) << error.message;
  EXPECT_EQ(place(refused(files_["scripts/main.sql"])), "scripts/main.sql:1:1");
  EXPECT_FALSE(has_table("t"));
}

TEST_F(Script, StatementsInEventsKnowTheirPlace) {
  EventStream events;
  std::vector<std::string> places;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kStatementDone) places.push_back(cat(event.file, ":", event.line, " ", event.sql));
  });
  connection_->set_events(&events);
  files_["scripts/part.sql"] = "\nSELECT 2;";
  run("-- one\nSELECT 1;\n\\ir part.sql\n");
  EXPECT_EQ(places, (std::vector<std::string>{"scripts/main.sql:2 SELECT 1", "scripts/part.sql:2 SELECT 2"}));
}

}  // namespace
}  // namespace tide
