#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/text.h"
#include "db/sql_scan.h"

namespace tide {
namespace {

// Performs \set as the runner does, so that a case shows what a reader of a whole script sees:
// "line:column statement", "line:column COPY|data", "line:column \command <argument> ...".
std::vector<std::string> read_all(const std::string& script, Dialect dialect = Dialect::kPostgres) {
  ScriptReader reader(script, "script.sql", dialect);
  std::vector<std::string> out;
  for (ScriptPiece piece; reader.next(piece);) {
    std::string row = cat(piece.line, ":", piece.column, " ");
    if (piece.kind == ScriptPiece::Kind::kCommand) {
      row += (piece.within_statement ? "(inside) \\" : "\\") + piece.text;
      for (const std::string& argument : piece.arguments) row += " <" + argument + ">";
      if (!piece.problem.empty()) row += " !";
      if (piece.text == "set") reader.set_variable(piece.arguments.at(0), piece.arguments.at(1));
    } else {
      row += piece.text;
      if (piece.kind == ScriptPiece::Kind::kCopyData) row += "|" + std::string(piece.copy_data);
    }
    out.push_back(row);
  }
  return out;
}

struct ReadCase {
  const char* what;
  std::string script;
  std::vector<std::string> pieces;
};

void check(const std::vector<ReadCase>& cases, Dialect dialect = Dialect::kPostgres) {
  for (const ReadCase& c : cases) EXPECT_EQ(read_all(c.script, dialect), c.pieces) << c.what;
}

TEST(ScriptReader, ReadsStatementsWithTheirPlaces) {
  check({
      {"nothing", "", {}},
      {"comments", "-- a\n/* \\b */;;\n", {}},
      {"lines and columns",
       "SELECT 1;\n  /* ä */ SELECT 'ä'; SELECT 3",
       {"1:1 SELECT 1", "2:11 SELECT 'ä'", "2:23 SELECT 3"}},
      {"byte order mark and CRLF", "\xEF\xBB\xBFSELECT 1;\r\nSELECT\r\n2;\r\n", {"1:1 SELECT 1", "2:1 SELECT\r\n2"}},
      {"the last without semicolon", "SELECT 1\n-- end\n", {"1:1 SELECT 1"}},
      {"comments inside stay", "SELECT -- ;\n 1;", {"1:1 SELECT -- ;\n 1"}},
      {"an unfinished comment is not dropped", "SELECT 1;\n/* DELETE", {"1:1 SELECT 1", "2:1 /* DELETE"}},
      {"escaped semicolon and colon",
       "SELECT 1\\; SELECT '2'\\:\\:int; SELECT 3",
       {"1:1 SELECT 1; SELECT '2'::int", "1:31 SELECT 3"}},
      {"BEGIN ATOMIC",
       "CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT 1; END;\nSELECT 2",
       {"1:1 CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT 1; END", "3:1 SELECT 2"}},
  });
}

TEST(ScriptReader, ReadsCopyData) {
  check({
      {"data and what follows",
       "COPY t FROM stdin;\n1\ta;b\n2\t\\N\n\\.\nSELECT 1;",
       {"1:1 COPY t FROM stdin|1\ta;b\n2\t\\N\n", "5:1 SELECT 1"}},
      {"no data", "COPY t FROM stdin;\n\\.\nSELECT 1", {"1:1 COPY t FROM stdin|", "3:1 SELECT 1"}},
      {"no end mark", "COPY t FROM stdin;\n1\n2", {"1:1 COPY t FROM stdin|1\n2"}},
      {"nothing after", "COPY t FROM stdin;", {"1:1 COPY t FROM stdin|"}},
      {"no semicolon, no data", "COPY t FROM stdin", {"1:1 COPY t FROM stdin|"}},
      {"end mark with CR",
       "COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1",
       {"1:1 COPY t FROM stdin|1\r\n", "4:1 SELECT 1"}},
      {"end mark ends the text", "COPY t FROM stdin;\n1\n\\.", {"1:1 COPY t FROM stdin|1\n"}},
      {"what only looks like an end mark",
       "COPY t FROM stdin;\n\\.x\n \\.\n\\\\.\n\\.\nSELECT 1",
       {"1:1 COPY t FROM stdin|\\.x\n \\.\n\\\\.\n", "6:1 SELECT 1"}},
      {"data look like SQL",
       "COPY t FROM stdin;\n'$$/*--:a\n\\.\nSELECT ';'",
       {"1:1 COPY t FROM stdin|'$$/*--:a\n", "4:1 SELECT ';'"}},
      {"data begin after the line of the semicolon",
       "COPY t FROM stdin; SELECT 1; -- x\n1\n\\.\nSELECT 2",
       {"1:1 COPY t FROM stdin|1\n", "1:20 SELECT 1", "4:1 SELECT 2"}},
      {"two in one line",
       "COPY t FROM stdin; COPY u FROM stdin;\n1\n\\.\n2\n\\.\nSELECT 1",
       {"1:1 COPY t FROM stdin|1\n", "1:20 COPY u FROM stdin|2\n", "6:1 SELECT 1"}},
      {"a statement around data",
       "COPY t FROM stdin; SELECT\n1\n\\.\n2;",
       {"1:1 COPY t FROM stdin|1\n", "1:20 SELECT\n2"}},
      {"several lines and options",
       "copy public.t\n (a, b)\nfrom STDIN (FORMAT csv) ;\n1,\";\"\n\\.\n",
       {"1:1 copy public.t\n (a, b)\nfrom STDIN (FORMAT csv)|1,\";\"\n"}},
      {"other COPYs have none",
       "COPY t FROM '/x';\nCOPY t TO STDOUT;\nCOPY (SELECT 1) TO STDOUT;",
       {"1:1 COPY t FROM '/x'", "2:1 COPY t TO STDOUT", "3:1 COPY (SELECT 1) TO STDOUT"}},
      {"COPY of a string is none",
       "SELECT 'COPY t FROM stdin;';\nSELECT 2",
       {"1:1 SELECT 'COPY t FROM stdin;'", "2:1 SELECT 2"}},
      {"the table is a variable",
       "\\set t users\nCOPY :t FROM stdin;\n:t\n\\.\n",
       {"1:1 \\set <t> <users>", "2:1 COPY users FROM stdin|:t\n"}},
  });
  check({{"SQLite has no COPY data", "COPY t FROM stdin;\nSELECT 1;", {"1:1 COPY t FROM stdin", "2:1 SELECT 1"}}},
        Dialect::kSqlite);
}

TEST(ScriptReader, ReadsCommands) {
  check({
      {"word and arguments",
       "\\i a.sql b\n\\ir 'my ''file''.sql';\n",
       {"1:1 \\i <a.sql> <b>", "2:1 \\ir <my 'file'.sql;>"}},
      {"CRLF", "\\x\r\n\\i a.sql\r\nSELECT 1;\r\n", {"1:1 \\x", "2:1 \\i <a.sql>", "3:1 SELECT 1"}},
      {"escapes in single quotes", "\\set a 'x\\n\\t\\101\\x41\\''", {"1:1 \\set <a> <x\n\tAA'>"}},
      {"double quotes stay", "\\i \"my file.sql\"", {"1:1 \\i <\"my file.sql\">"}},
      {"two in a line",
       "\\set a 1 \\set b 2\nSELECT :a + :b;",
       {"1:1 \\set <a> <1>", "1:10 \\set <b> <2>", "2:1 SELECT 1 + 2"}},
      {"a double backslash ends one", "\\set a 1 \\\\ SELECT :a;", {"1:1 \\set <a> <1>", "1:13 SELECT 1"}},
      {"after a statement", "SELECT 1; \\x\nSELECT 2;", {"1:1 SELECT 1", "1:11 \\x", "2:1 SELECT 2"}},
      {"inside a statement", "SELECT 1\n\\echo hi\n + 1;", {"2:1 (inside) \\echo <hi>", "1:1 SELECT 1\n\n + 1"}},
      {"in place of a semicolon", "SELECT 1 \\gexec\n", {"1:10 (inside) \\gexec", "1:1 SELECT 1 "}},
      {"not in quotes and comments",
       "SELECT '\\a', \"\\b\", $$\\c$$ -- \\d\n /* \\e */;",
       {"1:1 SELECT '\\a', \"\\b\", $$\\c$$"}},
      {"unclosed quote", "\\set a 'b\nSELECT 1;", {"1:1 \\set <a> <b> !", "2:1 SELECT 1"}},
      {"backquotes", "\\set a `date`\n", {"1:1 \\set <a> <`date`> !"}},
      {"shell and end", "\\! rm -rf x\n\\q", {"1:1 \\! <rm> <-rf> <x>", "2:1 \\q"}},
  });
}

TEST(ScriptReader, ReplacesVariablesThatAreSet) {
  const std::string set =
      "\\set n 42 \\set s 'it''s' \\set back 'a\\\\b' \\set t users \\set two 'SELECT 1; SELECT 2' \\set r :r \\\\ ";
  const auto last = [&](const std::string& text) {
    std::vector<std::string> pieces = read_all(set + text);
    pieces.erase(pieces.begin(), pieces.begin() + 6);
    for (std::string& piece : pieces) piece = piece.substr(piece.find(' ') + 1);
    return join(pieces, " | ");
  };
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"SELECT :n;", "SELECT 42"},
      {":n", "42"},
      {"SELECT :'s', :\"t\", :'n';", "SELECT 'it''s', \"users\", '42'"},
      {"SELECT :'back';", "SELECT  E'a\\\\b'"},
      {"SELECT :unset, :'unset', :\"unset\";", "SELECT :unset, :'unset', :\"unset\""},
      {"SELECT :{?n}, :{?unset};", "SELECT TRUE, FALSE"},
      {"SELECT ':n', \":n\", $$:n$$, E':n' -- :n\n, /* :n */ 1;",
       "SELECT ':n', \":n\", $$:n$$, E':n' -- :n\n, /* :n */ 1"},
      {"SELECT 1::n, a[1:2], x := 3;", "SELECT 1::n, a[1:2], x := 3"},
      {"SELECT a[:n::int];", "SELECT a[42::int]"},
      {"SELECT * FROM :t WHERE id=:n AND b;", "SELECT * FROM users WHERE id=42 AND b"},
      {":two;", "SELECT 1 | SELECT 2"},
      {"SELECT 0; :two + 1; SELECT 3", "SELECT 0 | SELECT 1 | SELECT 2 + 1 | SELECT 3"},
      {"SELECT (:two) + 1; SELECT 3", "SELECT (SELECT 1; SELECT 2) + 1 | SELECT 3"},
      {"SELECT :r;", "SELECT :r"},
      {"SELECT :names, :n;", "SELECT :names, 42"},
  };
  for (const auto& [text, read] : cases) EXPECT_EQ(last(text), read) << text;
}

TEST(ScriptReader, UnderstandsCommandsAndVariablesOnSqlite) {
  check({{"trigger, command, variable",
          "\\set n 1\nCREATE TRIGGER t BEGIN SELECT :n; END;\nSELECT :m, [;];",
          {"1:1 \\set <n> <1>", "2:1 CREATE TRIGGER t BEGIN SELECT 1; END", "3:1 SELECT :m, [;]"}}},
        Dialect::kSqlite);
}

TEST(ScriptReader, PlacesCharactersInTheScript) {
  ScriptReader reader("-- ä\nSELECT :'name', ä,\n  b :x\\;c FROM t;", "f.sql", Dialect::kPostgres);
  reader.set_variable("name", "a long value");
  reader.set_variable("x", "+ 1 +");
  ScriptPiece piece;
  ASSERT_TRUE(reader.next(piece));
  EXPECT_EQ(piece.text, "SELECT 'a long value', ä,\n  b + 1 +;c FROM t");
  const std::vector<std::pair<std::string, Place>> cases = {
      {"SELECT", {2, 1}}, {"'a long", {2, 8}}, {"value'", {2, 8}}, {", ä", {2, 15}},   {"ä", {2, 17}},
      {"b +", {3, 3}},    {"1 +", {3, 5}},     {";c", {3, 7}},     {"c FROM", {3, 9}}, {"t", {3, 16}},
  };
  for (const auto& [text, place] : cases) {
    const std::size_t offset = text == "t" ? piece.text.size() - 1 : piece.text.find(text);
    const Place found = reader.place(piece, utf8_length(piece.text.substr(0, offset)) + 1);
    EXPECT_EQ(found.line, place.line) << text;
    EXPECT_EQ(found.column, place.column) << text;
  }
}

TEST(ScriptReader, RewindsWithItsVariables) {
  ScriptReader reader("SELECT :a;", "f.sql", Dialect::kPostgres);
  ScriptPiece piece;
  while (reader.next(piece)) {
  }
  reader.set_variable("a", "1");
  reader.rewind();
  ASSERT_TRUE(reader.next(piece));
  EXPECT_EQ(piece.text, "SELECT 1");
  EXPECT_FALSE(reader.next(piece));
  EXPECT_FALSE(reader.next(piece));
  EXPECT_EQ(reader.file(), "f.sql");
}

// Quadratic reading takes minutes for each of these.
TEST(ScriptReader, IsLinearInTheLengthOfTheScript) {
  const std::vector<std::string> pieces = {"SELECT 1;",
                                           "SELECT 1;\n",
                                           "\\x\n",
                                           "SELECT :v,",
                                           ":two;",
                                           "COPY t FROM stdin;\n1\n\\.\n",
                                           "COPY t FROM stdin; x\n\\.\n"};
  for (const std::string& one : pieces) {
    std::string script;
    while (script.size() < 1'000'000) script += one;
    const auto start = std::chrono::steady_clock::now();
    ScriptReader reader(script, "big.sql", Dialect::kPostgres);
    reader.set_variable("v", "value");
    reader.set_variable("two", "SELECT 1; SELECT 2");
    std::size_t count = 0;
    for (ScriptPiece piece; reader.next(piece);) ++count;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_GT(count, 0u);
    EXPECT_LT(took.count(), 10.0) << one;
  }
}

}  // namespace
}  // namespace tide
