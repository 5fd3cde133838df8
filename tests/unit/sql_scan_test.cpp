#include "db/sql_scan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/text.h"

namespace tide {
namespace {

std::vector<std::string> split_texts(std::string_view text, Dialect dialect) {
  std::vector<std::string> out;
  for (const SqlSpan span : split_sql(text, dialect)) out.emplace_back(text.substr(span.begin, span.end - span.begin));
  return out;
}

struct SplitCase {
  const char* what;
  std::string text;
  std::vector<std::string> statements;
};

const std::vector<SplitCase>& postgres_cases() {
  static const std::vector<SplitCase> cases = {
      {"nothing", "", {}},
      {"blanks only", " \t\r\n\f ", {}},
      {"comments only", "-- a;\n/* b; */ --", {}},
      {"empty statements", ";;SELECT 1;;;", {"SELECT 1"}},
      {"the last needs no semicolon", "SELECT 1; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"blanks and comments around are not part", "/*a*/ SELECT 1 --x\n ; -- y", {"SELECT 1"}},
      {"comments inside stay", "SELECT /* ; */ 1 -- ;\n + 2;", {"SELECT /* ; */ 1 -- ;\n + 2"}},
      {"CRLF", "SELECT 1;\r\nSELECT 2;\r\n", {"SELECT 1", "SELECT 2"}},
      {"a line comment ends at CR, too", "SELECT 1 -- ;\r;SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"byte order mark", "\xEF\xBB\xBFSELECT 1;", {"SELECT 1"}},
      {"NUL byte", std::string("SELECT \0 1; SELECT 2", 20), {std::string("SELECT \0 1", 10), "SELECT 2"}},
      {"multi-byte text", "SELECT 'ä;ö' AS größe; SELECT 'é'", {"SELECT 'ä;ö' AS größe", "SELECT 'é'"}},

      {"string with a quote", "SELECT 'it''s; ok'; SELECT 2", {"SELECT 'it''s; ok'", "SELECT 2"}},
      {"backslash in a standard string", "SELECT '\\'; SELECT 2", {"SELECT '\\'", "SELECT 2"}},
      {"backslash in an E string", "SELECT E'\\'; SELECT 2'; SELECT 3", {"SELECT E'\\'; SELECT 2'", "SELECT 3"}},
      {"E string, doubled quote and backslashes", "SELECT e'a''\\\\'; SELECT 2", {"SELECT e'a''\\\\'", "SELECT 2"}},
      {"a name that ends in e is no E string", "SELECT typE'\\'; SELECT 2", {"SELECT typE'\\'", "SELECT 2"}},
      {"an E string that goes on in the next line",
       "SELECT E'a'\n  '\\';b'; SELECT 2",
       {"SELECT E'a'\n  '\\';b'", "SELECT 2"}},
      {"... past a comment", "SELECT E'a' -- ';\n'\\';b'; SELECT 2", {"SELECT E'a' -- ';\n'\\';b'", "SELECT 2"}},
      {"... but not in the same line", "SELECT E'a' '\\'; SELECT 2", {"SELECT E'a' '\\'", "SELECT 2"}},
      {"U& string and name",
       "SELECT U&'\\0441;' , U&\"a;b\"; SELECT 2",
       {"SELECT U&'\\0441;' , U&\"a;b\"", "SELECT 2"}},
      {"bit, hexadecimal and national strings",
       "SELECT B'1;', X'1;', N'a;'; SELECT 2",
       {"SELECT B'1;', X'1;', N'a;'", "SELECT 2"}},
      {"quoted name", "SELECT \"a;\"\"b;\" FROM t; SELECT 2", {"SELECT \"a;\"\"b;\" FROM t", "SELECT 2"}},
      {"a comment mark in a string", "SELECT '--', '/*'; SELECT 2", {"SELECT '--', '/*'", "SELECT 2"}},
      {"a quote in a comment", "SELECT 1 -- it's\n; SELECT /* don't */ 2", {"SELECT 1", "SELECT /* don't */ 2"}},

      {"dollar quote", "SELECT $$a;b$$; SELECT 2", {"SELECT $$a;b$$", "SELECT 2"}},
      {"dollar quote with a tag", "SELECT $x$a;$$;$y$;$x$; SELECT 2", {"SELECT $x$a;$$;$y$;$x$", "SELECT 2"}},
      {"tags are exact", "SELECT $a$;$A$;$a$; SELECT 2", {"SELECT $a$;$A$;$a$", "SELECT 2"}},
      {"a closing tag that begins in another", "SELECT $d$ $junk$d$; SELECT 2", {"SELECT $d$ $junk$d$", "SELECT 2"}},
      {"tag of multi-byte letters", "SELECT $ä$;$ä$; SELECT 2", {"SELECT $ä$;$ä$", "SELECT 2"}},
      {"parameters are no dollar quotes",
       "SELECT $1, $2; SELECT $1$; SELECT 3",
       {"SELECT $1, $2", "SELECT $1$", "SELECT 3"}},
      {"a dollar in a name opens nothing", "SELECT a$b$; SELECT c$b$", {"SELECT a$b$", "SELECT c$b$"}},
      {"comments and quotes in a dollar quote are text",
       "DO $$ BEGIN -- it's\n /* END; $$; SELECT 2",
       {"DO $$ BEGIN -- it's\n /* END; $$", "SELECT 2"}},
      {"a dollar quote in a comment opens nothing", "-- $$\nSELECT 1; /* $$ */ SELECT 2", {"SELECT 1", "SELECT 2"}},

      {"nested comments", "SELECT 1 /* a /* b; */ c; */; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"comment of stars", "SELECT 1 /***;***/; /**/SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"a slash before a nested comment", "SELECT 1 /*/*;*/*/; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"comment after an operator",
       "SELECT 1 +/* ; */ 2 *-- ;\n 3; SELECT 2",
       {"SELECT 1 +/* ; */ 2 *-- ;\n 3", "SELECT 2"}},
      {"a line comment hides a block comment", "SELECT 1 -- /*\n; SELECT 2 -- */", {"SELECT 1", "SELECT 2"}},

      {"unfinished string", "SELECT 1; SELECT 'a; SELECT 2", {"SELECT 1", "SELECT 'a; SELECT 2"}},
      {"unfinished dollar quote", "SELECT $a$;\n", {"SELECT $a$;\n"}},
      {"unfinished comment is the server's to refuse", "SELECT 1; /* SELECT 2;", {"SELECT 1", "/* SELECT 2;"}},
      {"a backslash at the end of an E string", "SELECT E'a\\", {"SELECT E'a\\"}},

      {"semicolons in parentheses",
       "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 2",
       {"CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "SELECT 2"}},
      {"parentheses in strings do not count",
       "SELECT '(', \"(\", $$($$ /* ( */; SELECT 2",
       {"SELECT '(', \"(\", $$($$", "SELECT 2"}},
      {"a parenthesis too many", "SELECT 1); SELECT 2", {"SELECT 1)", "SELECT 2"}},

      {"BEGIN ATOMIC",
       "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
       {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"}},
      {"BEGIN ATOMIC with CASE",
       "create or replace procedure p() begin atomic select case when a then 1 end; end; SELECT 3",
       {"create or replace procedure p() begin atomic select case when a then 1 end; end", "SELECT 3"}},
      {"BEGIN ATOMIC with END as a label",
       "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end, 1 AS end FROM t; SELECT (CASE WHEN a THEN 1 END); "
       "END; x",
       {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end, 1 AS end FROM t; SELECT (CASE WHEN a THEN 1 END); "
        "END",
        "x"}},
      {"a function called begin",
       "CREATE FUNCTION begin() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql; SELECT 2",
       {"CREATE FUNCTION begin() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql", "SELECT 2"}},
      {"a PL/pgSQL body is a string",
       "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql; SELECT 2",
       {"CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql", "SELECT 2"}},
      {"BEGIN and END of a transaction", "BEGIN; SELECT 1; END; SELECT 2", {"BEGIN", "SELECT 1", "END", "SELECT 2"}},
      {"CREATE TRIGGER is one plain statement",
       "CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f(); SELECT 2",
       {"CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()", "SELECT 2"}},
      {"brackets and backquotes quote nothing",
       "SELECT a[1; SELECT `b; SELECT 3",
       {"SELECT a[1", "SELECT `b", "SELECT 3"}},
  };
  return cases;
}

const std::vector<SplitCase>& sqlite_cases() {
  static const std::vector<SplitCase> cases = {
      {"comments do not nest", "SELECT 1 /* a /* b; */; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"an unfinished comment is a comment", "SELECT 1; /* SELECT 2;", {"SELECT 1"}},
      {"a line comment goes past CR", "SELECT 1 -- ;\r;SELECT 2\n;SELECT 3", {"SELECT 1", "SELECT 3"}},
      {"names in brackets", "SELECT [a;'b] FROM t; SELECT 2", {"SELECT [a;'b] FROM t", "SELECT 2"}},
      {"names in backquotes", "SELECT `a;``b;` FROM t; SELECT 2", {"SELECT `a;``b;` FROM t", "SELECT 2"}},
      {"an unfinished bracket", "SELECT [a; SELECT 2", {"SELECT [a; SELECT 2"}},
      {"E strings are not known", "SELECT E'\\'; SELECT 2", {"SELECT E'\\'", "SELECT 2"}},
      {"dollar quotes are not known", "SELECT $a$; SELECT $a$", {"SELECT $a$", "SELECT $a$"}},
      {"parentheses hold no statement back", "SELECT (1; SELECT 2", {"SELECT (1", "SELECT 2"}},
      {"trigger",
       "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END; SELECT 2",
       {"CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END", "SELECT 2"}},
      {"trigger with CASE and a comment",
       "create temp trigger t begin select case when 1 then 2 end; end /* x */ ; SELECT 2",
       {"create temp trigger t begin select case when 1 then 2 end; end", "SELECT 2"}},
      {"temporary trigger with quotes",
       "CREATE TEMPORARY TRIGGER t BEGIN SELECT ';end;'; END; SELECT 2",
       {"CREATE TEMPORARY TRIGGER t BEGIN SELECT ';end;'; END", "SELECT 2"}},
      {"explained trigger",
       "EXPLAIN CREATE TRIGGER t BEGIN SELECT 1; END; SELECT 2",
       {"EXPLAIN CREATE TRIGGER t BEGIN SELECT 1; END", "SELECT 2"}},
      {"a table called trigger", "CREATE TABLE trigger (a); SELECT 2", {"CREATE TABLE trigger (a)", "SELECT 2"}},
      {"functions have no bodies here",
       "CREATE FUNCTION f BEGIN ATOMIC; SELECT 2",
       {"CREATE FUNCTION f BEGIN ATOMIC", "SELECT 2"}},
  };
  return cases;
}

void check(const std::vector<SplitCase>& cases, Dialect dialect) {
  for (const SplitCase& c : cases) EXPECT_EQ(split_texts(c.text, dialect), c.statements) << c.what;
}

TEST(SplitSql, SplitsWherePostgresDoes) { check(postgres_cases(), Dialect::kPostgres); }
TEST(SplitSql, SplitsWhereSqliteDoes) { check(sqlite_cases(), Dialect::kSqlite); }

TEST(SplitSql, SpansAreInOrderAndOnlyBlanksAndSemicolonsLieBetween) {
  for (const SplitCase& c : postgres_cases()) {
    std::string rebuilt;
    std::size_t at = 0;
    for (const SqlSpan span : split_sql(c.text, Dialect::kPostgres)) {
      ASSERT_LE(at, span.begin) << c.what;
      ASSERT_LT(span.begin, span.end) << c.what;
      const std::string gap = c.text.substr(at, span.begin - at);
      EXPECT_EQ(split_sql(gap, Dialect::kPostgres).size(), 0u) << c.what;
      rebuilt += gap + c.text.substr(span.begin, span.end - span.begin);
      at = span.end;
    }
    EXPECT_EQ(split_sql(std::string_view(c.text).substr(at), Dialect::kPostgres).size(), 0u) << c.what;
    EXPECT_EQ(rebuilt + c.text.substr(at), c.text) << c.what;
  }
}

TEST(SplitSql, JoinedStatementsSplitTheSame) {
  for (const Dialect dialect : {Dialect::kPostgres, Dialect::kSqlite}) {
    for (const SplitCase& c : dialect == Dialect::kPostgres ? postgres_cases() : sqlite_cases()) {
      const bool unfinished = std::string_view(c.what).find("nfinished") != std::string_view::npos ||
                              std::string_view(c.what).find("at the end") != std::string_view::npos;
      if (unfinished) continue;
      EXPECT_EQ(split_texts(join(c.statements, ";\n"), dialect), c.statements) << c.what;
    }
  }
}

// Every prefix of every case, cut anywhere, still covers its text: nothing is dropped silently.
TEST(SplitSql, NoPrefixLosesTokens) {
  for (const SplitCase& c : postgres_cases()) {
    for (std::size_t length = 0; length <= c.text.size(); ++length) {
      const std::string_view text = std::string_view(c.text).substr(0, length);
      std::string tokens;
      for (const std::string& statement : split_texts(text, Dialect::kPostgres)) {
        tokens += sql_tokens(statement, Dialect::kPostgres);
      }
      std::string all;
      for (const std::string& token : split(sql_tokens(text, Dialect::kPostgres), '\n')) {
        if (token != ";") all += token + "\n";
      }
      std::string kept;
      for (const std::string& token : split(tokens, '\n')) {
        if (token != ";") kept += token + "\n";
      }
      EXPECT_EQ(kept, all) << c.what << ", " << length << " bytes";
    }
  }
}

// A quadratic scanner takes minutes for each of these.
TEST(SplitSql, IsLinearOnHostileText) {
  const std::vector<std::string> hostile = {"$a", "$a$ $b", "/*", "/* */", "'",   "E'\\'", "+",
                                            "\"", "$",      "a;", "((",    "'\n", "--\n",  "U&"};
  for (const std::string& piece : hostile) {
    std::string text;
    while (text.size() < 2'000'000) text += piece;
    const auto start = std::chrono::steady_clock::now();
    split_sql(text, Dialect::kPostgres);
    split_sql(text, Dialect::kSqlite);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took.count(), 5.0) << piece;
  }
}

struct ClassCase {
  const char* sql;
  const char* verb;
  const char* flags;  // e(nds) b(egins) o(utside) c(opy) r(ows)
};

std::string flags_of(const SqlClass& c) {
  return std::string(c.ends_transaction ? "e" : "") + (c.begins_transaction ? "b" : "") +
         (c.outside_transaction ? "o" : "") + (c.copy_from_stdin ? "c" : "") + (c.returns_rows ? "r" : "");
}

void check_classes(const std::vector<ClassCase>& cases, Dialect dialect) {
  for (const ClassCase& c : cases) {
    const SqlClass found = classify_sql(c.sql, dialect);
    EXPECT_EQ(found.verb, c.verb) << c.sql;
    EXPECT_EQ(flags_of(found), c.flags) << c.sql;
  }
}

TEST(ClassifySql, KnowsPostgresStatements) {
  check_classes(
      {
          {"", "", ""},
          {"-- nothing", "", ""},
          {"42", "", ""},
          {"select 1", "SELECT", "r"},
          {"/* a */ -- b\n ((SELECT 1) UNION (SELECT 2))", "SELECT", "r"},
          {"SELECT 1 INTO t", "SELECT", ""},
          {"SELECT (SELECT 1) AS into, t.into FROM t", "SELECT", "r"},
          {"VALUES (1)", "VALUES", "r"},
          {"TABLE t", "TABLE", "r"},
          {"SHOW work_mem", "SHOW", "r"},
          {"EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN", "r"},
          {"FETCH 10 FROM c", "FETCH", "r"},
          {"INSERT INTO t VALUES ('RETURNING')", "INSERT", ""},
          {"INSERT INTO t VALUES (1) returning id", "INSERT", "r"},
          {"INSERT INTO t VALUES ($$ RETURNING $$) /* RETURNING */", "INSERT", ""},
          {"UPDATE t SET a = \"returning\", b = t.returning", "UPDATE", ""},
          {"WITH a AS (DELETE FROM t RETURNING id) INSERT INTO u SELECT * FROM a", "WITH", ""},
          {"WITH a AS (SELECT 1), b (x) AS (SELECT 2) SELECT * FROM a", "WITH", "r"},
          {"WITH RECURSIVE update AS (SELECT 1), delete AS (SELECT 2) INSERT INTO t VALUES (1)", "WITH", ""},
          {"WITH a AS MATERIALIZED (SELECT 1) UPDATE t SET x = 1 RETURNING x", "WITH", "r"},
          {"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "MERGE", ""},
          {"CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO u VALUES (1) RETURNING *", "CREATE", ""},

          {"BEGIN", "BEGIN", "b"},
          {"begin isolation level serializable", "BEGIN", "b"},
          {"START TRANSACTION READ ONLY", "START", "b"},
          {"COMMIT", "COMMIT", "e"},
          {";COMMIT", "COMMIT", "e"},
          {"COMMIT AND CHAIN", "COMMIT", "e"},
          {"/* x */ end", "END", "e"},
          {"ROLLBACK", "ROLLBACK", "e"},
          {"ABORT WORK", "ABORT", "e"},
          {"ROLLBACK TO SAVEPOINT a", "ROLLBACK", ""},
          {"ROLLBACK WORK /* TO */ TO a", "ROLLBACK", ""},
          {"ROLLBACK TRANSACTION TO a", "ROLLBACK", ""},
          {"ROLLBACK -- TO a\n", "ROLLBACK", "e"},
          {"SAVEPOINT a", "SAVEPOINT", ""},
          {"RELEASE a", "RELEASE", ""},
          {"PREPARE TRANSACTION 'x'", "PREPARE", "e"},
          {"PREPARE transaction AS SELECT 1", "PREPARE", ""},
          {"COMMIT PREPARED 'x'", "COMMIT", "o"},
          {"ROLLBACK PREPARED 'x'", "ROLLBACK", "o"},

          {"CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE", "o"},
          {"create unique /* x */ index concurrently on t (a)", "CREATE", "o"},
          {"CREATE INDEX i ON t (concurrently)", "CREATE", ""},
          {"CREATE INDEX \"concurrently\" ON t (a)", "CREATE", ""},
          {"CREATE TABLE t (a text DEFAULT 'INDEX CONCURRENTLY')", "CREATE", ""},
          {"DROP INDEX CONCURRENTLY IF EXISTS i", "DROP", "o"},
          {"DROP INDEX i", "DROP", ""},
          {"REINDEX INDEX CONCURRENTLY i", "REINDEX", "o"},
          {"REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "REINDEX", "o"},
          {"REINDEX (CONCURRENTLY false) TABLE t", "REINDEX", ""},
          {"REINDEX (VERBOSE) DATABASE d", "REINDEX", "o"},
          {"REINDEX SYSTEM d", "REINDEX", "o"},
          {"REINDEX TABLE t", "REINDEX", ""},
          {"REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH", ""},
          {"VACUUM (ANALYZE) t", "VACUUM", "o"},
          {"ANALYZE t", "ANALYZE", ""},
          {"CREATE DATABASE d", "CREATE", "o"},
          {"DROP DATABASE d", "DROP", "o"},
          {"CREATE TABLESPACE s LOCATION '/x'", "CREATE", "o"},
          {"DROP TABLESPACE s", "DROP", "o"},
          {"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "CREATE", "o"},
          {"DROP SUBSCRIPTION s", "DROP", "o"},
          {"ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER", "o"},
          {"ALTER SYSTEM SET work_mem = '1MB'", "ALTER", "o"},
          {"ALTER DATABASE d SET TABLESPACE s", "ALTER", "o"},
          {"ALTER DATABASE d SET work_mem = '1MB'", "ALTER", ""},
          {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "ALTER", "o"},
          {"ALTER TABLE t DETACH PARTITION p", "ALTER", ""},
          {"CLUSTER", "CLUSTER", "o"},
          {"CLUSTER (VERBOSE);", "CLUSTER", "o"},
          {"CLUSTER t USING i", "CLUSTER", ""},
          {"DISCARD ALL", "DISCARD", "o"},

          {"COPY t FROM stdin", "COPY", "c"},
          {"copy public.t (a, \"from\") from STDIN with (format csv)", "COPY", "c"},
          {"COPY t FROM '/tmp/stdin'", "COPY", ""},
          {"COPY t FROM PROGRAM 'stdin'", "COPY", ""},
          {"COPY (SELECT * FROM stdin) TO STDOUT", "COPY", ""},
          {"COPY stdin TO '/tmp/x'", "COPY", ""},
      },
      Dialect::kPostgres);
}

TEST(ClassifySql, KnowsSqliteStatements) {
  check_classes(
      {
          {"SELECT 1", "SELECT", "r"},
          {"PRAGMA foreign_keys", "PRAGMA", "r"},
          {"PRAGMA foreign_keys = off", "PRAGMA", "or"},
          {"pragma main.journal_mode(wal)", "PRAGMA", "or"},
          {"PRAGMA user_version = 3", "PRAGMA", "r"},
          {"VACUUM INTO 'x.db'", "VACUUM", "o"},
          {"REPLACE INTO t VALUES (1) RETURNING a", "REPLACE", "r"},
          {"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", "CREATE", ""},
          {"BEGIN IMMEDIATE", "BEGIN", "b"},
          {"END TRANSACTION", "END", "e"},
          {"ROLLBACK TO a", "ROLLBACK", ""},
          {"COPY t FROM stdin", "COPY", ""},
          {"CREATE INDEX concurrently ON t (a)", "CREATE", ""},
      },
      Dialect::kSqlite);
}

TEST(SqlTokens, StayTheSameUnderCosmeticEdits) {
  const std::vector<std::pair<const char*, const char*>> same = {
      {"SELECT 1+2;", "\xEF\xBB\xBF/* sum */ SELECT\r\n  1 -- one\n + 2 ;\n"},
      {"SELECT 'a'\n'b'", "SELECT 'a' -- first\n\n   'b'"},
      {"SELECT a::int[1]", "SELECT a :: int [ 1 ]"},
      {"f(x=>1)", "f ( x => 1 )"},
      {"a<=b", "a <= b"},
      {"SELECT 1.5e+3,.5", "SELECT 1.5e+3 , .5"},
      {"SELECT $1||$2", "SELECT $1 || $2"},
      {"SELECT 5*-1", "SELECT 5 * -1"},
  };
  for (const auto& [one, other] : same) {
    EXPECT_EQ(sql_tokens(one, Dialect::kPostgres), sql_tokens(other, Dialect::kPostgres)) << one;
  }
  EXPECT_EQ(sql_tokens("a||-1", Dialect::kSqlite), sql_tokens("a || -1", Dialect::kSqlite));
}

TEST(SqlTokens, ChangeUnderEveryOtherEdit) {
  const std::vector<std::pair<const char*, const char*>> different = {
      {"SELECT 'a b'", "SELECT 'a  b'"},
      {"SELECT a", "SELECT A"},
      {"SELECT a", "SELECT \"a\""},
      {"SELECT 'a'\n'b'", "SELECT 'a' 'b'"},
      {"SELECT E'a'", "SELECT E 'a'"},
      {"SELECT $$a -- b$$", "SELECT $$a$$"},
      {"SELECT $a$x$a$", "SELECT $$x$$"},
      {"a < = b", "a <= b"},
      {"a : : b", "a :: b"},
      {"SELECT ab", "SELECT a b"},
      {"SELECT 1 1", "SELECT 11"},
      {"SELECT 1; SELECT 2", "SELECT 1 SELECT 2"},
      {"SELECT 1", "SELECT 1 /* open"},
      {"SELECT $1", "SELECT $ 1"},
  };
  for (const auto& [one, other] : different) {
    EXPECT_NE(sql_tokens(one, Dialect::kPostgres), sql_tokens(other, Dialect::kPostgres)) << one;
  }
}

TEST(SqlTokens, AreTheTokensOneALine) {
  EXPECT_EQ(sql_tokens("SELECT a.b, 1..2 -- x", Dialect::kPostgres), "SELECT\na\n.\nb\n,\n1\n..\n2\n");
  EXPECT_EQ(sql_tokens("a->>'x' [b c] ?1 :n", Dialect::kSqlite), "a\n->>\n'x'\n[b c]\n?1\n:n\n");
  EXPECT_EQ(sql_tokens("", Dialect::kPostgres), "");
}

}  // namespace
}  // namespace tide
