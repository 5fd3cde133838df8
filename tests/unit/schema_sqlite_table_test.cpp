#include <gtest/gtest.h>

#include "base/text.h"
#include "schema/sqlite_table.h"

namespace tide {
namespace {

// "name: definition" of each constraint.
std::string constraints(const std::string& sql) {
  std::string out;
  for (const SqliteTable::Constraint& one : parse_sqlite_table(sql).constraints) {
    out += cat(one.name == one.definition ? "" : cat(one.name, ": "), one.definition, "\n");
  }
  return out;
}

TEST(SqliteTableText, SaysItsConstraintsHoweverTheyAreWritten) {
  struct Case {
    const char* sql;
    const char* constraints;
  };
  for (const Case& one : std::vector<Case>{
           {"CREATE TABLE t (id integer primary key, a)", "PRIMARY KEY (id)\n"},
           {"CREATE TABLE t (id INTEGER PRIMARY KEY DESC AUTOINCREMENT)", "PRIMARY KEY (id) DESC\n"},
           {"CREATE TABLE t (a, b, PRIMARY KEY (a, b DESC) ON CONFLICT REPLACE)",
            "PRIMARY KEY (a, b DESC) ON CONFLICT REPLACE\n"},
           {"CREATE TABLE t (a text NOT NULL UNIQUE, UNIQUE(a,[b c]))", "UNIQUE (a)\nUNIQUE (a, [b c])\n"},
           {"CREATE TABLE t (a int CHECK(a>0  AND length( a )<3), b)", "CHECK (a > 0 AND length(a) < 3)\n"},
           {"CREATE TABLE t (a, CONSTRAINT \"big enough\" CHECK (a > 9))", "big enough: CHECK (a > 9)\n"},
           {"CREATE TABLE t (a REFERENCES u, b INT REFERENCES \"U x\"(id) ON DELETE SET NULL ON UPDATE NO ACTION "
            "DEFERRABLE "
            "INITIALLY DEFERRED NOT NULL)",
            "FOREIGN KEY (a) REFERENCES u\nFOREIGN KEY (b) REFERENCES \"U x\" (id) ON DELETE SET NULL ON UPDATE NO "
            "ACTION "
            "DEFERRABLE INITIALLY DEFERRED\n"},
           {"CREATE TABLE t (a, b, FOREIGN KEY (a,b) REFERENCES u(x,y) ON DELETE CASCADE)",
            "FOREIGN KEY (a, b) REFERENCES u (x, y) ON DELETE CASCADE\n"},
           {"CREATE TABLE t (a text DEFAULT 'x, CHECK (1)' /* UNIQUE */, b -- PRIMARY KEY\n)", ""},
           {"CREATE TABLE t (a numeric(10, 2) DEFAULT (1 + 2), b)", ""},
           {"CREATE TABLE \"a (b\" (c UNIQUE) STRICT, WITHOUT ROWID", "UNIQUE (c)\n"},
           {"CREATE VIRTUAL TABLE t USING fts5", ""},
       }) {
    EXPECT_EQ(constraints(one.sql), one.constraints) << one.sql;
  }
}

TEST(SqliteTableText, SaysWhatColumnsAreGeneratedFromAndHowTheyAreSorted) {
  const SqliteTable table = parse_sqlite_table(
      "CREATE TABLE t (\"A a\" text COLLATE NOCASE, `b` GENERATED ALWAYS AS (lower(\"A a\")) STORED, [c] AS (b||'x'))");
  ASSERT_EQ(table.columns.size(), 3U);
  EXPECT_EQ(table.columns[0].name, "A a");
  EXPECT_EQ(table.columns[0].collation, "NOCASE");
  EXPECT_EQ(table.columns[1].name, "b");
  EXPECT_EQ(table.columns[1].generated, "lower(\"A a\")");
  EXPECT_EQ(table.columns[2].generated, "b || 'x'");
}

TEST(SqliteTableText, TakesAnotherName) {
  EXPECT_EQ(renamed_sqlite_table("CREATE TABLE \"a b\"(x)", "new a b"), "CREATE TABLE \"new a b\"(x)");
  EXPECT_EQ(renamed_sqlite_table("CREATE TABLE [t] (t REFERENCES t)", "u"), "CREATE TABLE u (t REFERENCES t)");
}

}  // namespace
}  // namespace tide
