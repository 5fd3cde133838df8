#include "support/databases.h"

namespace tide::test {
namespace {

class Errors : public EngineTest {
 protected:
  Errors() {
    execute(
        "CREATE TABLE parent (id integer PRIMARY KEY, email text UNIQUE, name text NOT NULL, "
        "age integer CONSTRAINT age_is_positive CHECK (age > 0))");
    execute("CREATE TABLE child (parent_id integer NOT NULL REFERENCES parent (id))");
    execute("INSERT INTO parent VALUES (1, 'a@b', 'A', 30)");
  }
  Error refused(const Statement& statement) {
    const Error error = raised([&] { execute(statement); });
    EXPECT_EQ(error.kind, ErrorKind::kSql) << error.message;
    EXPECT_EQ(error.statement, statement.sql);
    EXPECT_FALSE(error.message.empty());
    return error;
  }
};
TIDE_ON_BOTH_ENGINES(Errors);

TEST_P(Errors, of_one_failure_have_one_sqlstate_on_every_engine) {
  struct Case {
    const char* text;
    const char* sqlstate;
  };
  for (const Case& c :
       {Case{"INSERT INTO parent VALUES (1, 'c', 'C', 1)", "23505"},
        Case{"INSERT INTO parent VALUES (2, 'a@b', 'C', 1)", "23505"},
        Case{"INSERT INTO parent VALUES (2, 'c', NULL, 1)", "23502"},
        Case{"INSERT INTO parent VALUES (2, 'c', 'C', -1)", "23514"}, Case{"INSERT INTO child VALUES (99)", "23503"},
        Case{"DELETE FROM missing", "42P01"}, Case{"SELECT nope FROM parent", "42703"},
        Case{"INSERT INTO parent (nope) VALUES (1)", "42703"}, Case{"SELECT no_such_function(1)", "42883"},
        Case{"CREATE TABLE parent (id integer)", "42P07"}, Case{"SELEC 1", "42601"},
        Case{"SELECT * FROM parent WHERE (", "42601"}, Case{"SELECT id FROM parent AS a, parent AS b", "42702"},
        Case{"ALTER TABLE parent ADD COLUMN name text", "42701"}}) {
    EXPECT_EQ(refused(c.text).sqlstate, c.sqlstate) << c.text;
  }
}

TEST_P(Errors, of_a_unique_constraint_name_the_table) {
  EXPECT_EQ(refused("INSERT INTO parent VALUES (2, 'a@b', 'C', 1)").table, "parent");
}

TEST_P(Errors, of_a_check_name_the_constraint) {
  EXPECT_EQ(refused("INSERT INTO parent VALUES (2, 'c', 'C', -1)").constraint, "age_is_positive");
}

TEST_P(Errors, of_not_null_name_table_and_column) {
  const Error error = refused("INSERT INTO parent VALUES (2, 'c', NULL, 1)");
  EXPECT_EQ(error.table, "parent");
  EXPECT_EQ(error.column, "name");
}

TEST_P(Errors, point_at_the_place_in_the_text) {
  EXPECT_EQ(refused("SELECT nope FROM parent").position, 8);
  EXPECT_EQ(refused("SELECT id FRM parent WHERE").position, 15);
  EXPECT_EQ(refused("SELECT 1 +").position, 11);
}

TEST_P(Errors, count_characters_and_not_bytes_for_the_place) {
  EXPECT_EQ(refused("SELECT 'größe 🌊', nope FROM parent").position, 19);
  EXPECT_EQ(refused("-- ünïcödé\nSELECT nope FROM parent").position, 19);
}

TEST_P(Errors, point_at_the_same_place_when_querying_and_streaming) {
  const char* text = "SELECT id,\n  nope FROM parent";
  EXPECT_EQ(raised([&] { db().query(text); }).position, 14);
  EXPECT_EQ(raised([&] { all_rows(*db().stream(text)); }).position, 14);
  EXPECT_EQ(raised([&] { all_rows(*db().stream(text)); }).statement, text);
}

TEST_P(Errors, leave_the_connection_usable) {
  refused("SELEC 1");
  EXPECT_EQ(value("SELECT count(*) FROM parent"), Value(1));
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
}

TEST_P(Errors, of_a_statement_that_fails_on_its_second_row_write_nothing) {
  refused("INSERT INTO parent VALUES (5, 'x', 'X', 1), (1, 'y', 'Y', 1)");
  EXPECT_EQ(count("parent"), 1);
}

TEST_P(Errors, of_a_statement_from_a_file_name_file_and_line) {
  Statement statement("SELECT 1,\n  nope FROM parent");
  statement.file = "migrations/1_x.lua";
  statement.line = 10;
  const Error error = refused(statement);
  EXPECT_EQ(error.file, "migrations/1_x.lua");
  EXPECT_GE(error.line, 10);
}

TEST_P(Errors, show_the_statement_and_not_the_values_that_were_bound) {
  const Error error = refused(sql("INSERT INTO parent VALUES ($1, $2, $3, $4)", 1, "secret@x", "C", 1));
  EXPECT_EQ(error.statement, "INSERT INTO parent VALUES ($1, $2, $3, $4)");
  EXPECT_EQ(error.message.find("secret@x"), std::string::npos);
}

class PostgresErrors : public PostgresTest {};

TEST_F(PostgresErrors, carry_all_that_the_server_says) {
  execute("CREATE TABLE t (id integer PRIMARY KEY)");
  execute("INSERT INTO t VALUES (1)");
  const Error error = raised([&] { execute("INSERT INTO t VALUES (1)"); });
  EXPECT_EQ(error.constraint, "t_pkey");
  EXPECT_NE(error.detail.find("(id)=(1)"), std::string::npos) << error.detail;
  const Error hinted = raised([&] { execute("SELECT ids FROM t"); });
  EXPECT_NE(hinted.hint.find("t.id"), std::string::npos) << hinted.hint;
}

TEST_F(PostgresErrors, raised_by_a_function_carry_its_context_and_code) {
  const Error error = raised([&] {
    execute("DO $$ BEGIN RAISE EXCEPTION 'no good' USING ERRCODE = 'UE001', DETAIL = 'd', HINT = 'h'; END $$");
  });
  EXPECT_EQ(error.sqlstate, "UE001");
  EXPECT_EQ(error.detail, "d");
  EXPECT_EQ(error.hint, "h");
  EXPECT_NE(error.context.find("PL/pgSQL"), std::string::npos) << error.context;
}

class SqliteErrors : public SqliteTest {};

TEST_F(SqliteErrors, name_the_columns_and_sqlites_own_code) {
  execute("CREATE TABLE t (a integer, b integer, c text UNIQUE, UNIQUE (a, b))");
  execute("INSERT INTO t VALUES (1, 2, 'x')");
  const Error one = raised([&] { execute("INSERT INTO t VALUES (5, 6, 'x')"); });
  EXPECT_EQ(one.table, "t");
  EXPECT_EQ(one.column, "c");
  EXPECT_EQ(one.detail, "SQLITE_CONSTRAINT_UNIQUE");
  const Error two = raised([&] { execute("INSERT INTO t VALUES (1, 2, 'y')"); });
  EXPECT_EQ(two.table, "t");
  EXPECT_EQ(two.column, "");
}

TEST_F(SqliteErrors, of_a_unique_index_on_an_expression_name_the_index) {
  execute("CREATE TABLE t (a text)");
  execute("CREATE UNIQUE INDEX t_lower ON t (lower(a))");
  execute("INSERT INTO t VALUES ('A')");
  EXPECT_EQ(raised([&] { execute("INSERT INTO t VALUES ('a')"); }).constraint, "t_lower");
}

TEST_F(SqliteErrors, of_a_trigger_carry_what_it_raised) {
  execute("CREATE TABLE t (a integer)");
  execute("CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'not today'); END");
  const Error error = raised([&] { execute("INSERT INTO t VALUES (1)"); });
  EXPECT_EQ(error.message, "not today");
  EXPECT_EQ(error.sqlstate, "P0001");
}

}  // namespace
}  // namespace tide::test
