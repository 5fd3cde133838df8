#include "support/databases.h"

namespace tide::test {
namespace {

class Execute : public EngineTest {};
TIDE_ON_BOTH_ENGINES(Execute);

TEST_P(Execute, returns_the_rows_affected) {
  EXPECT_EQ(execute("CREATE TABLE t (id integer, note text)"), 0);
  EXPECT_EQ(execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')"), 3);
  EXPECT_EQ(execute("UPDATE t SET note = 'x' WHERE id > 1"), 2);
  EXPECT_EQ(execute("UPDATE t SET note = 'x' WHERE id > 100"), 0);
  EXPECT_EQ(execute("DELETE FROM t WHERE id = 1"), 1);
}

TEST_P(Execute, returns_no_rows_for_ddl_after_a_write) {
  execute("CREATE TABLE t (id integer)");
  EXPECT_EQ(execute("INSERT INTO t VALUES (1), (2)"), 2);
  EXPECT_EQ(execute("CREATE INDEX t_id ON t (id)"), 0);
  EXPECT_EQ(execute("ALTER TABLE t ADD COLUMN note text"), 0);
  EXPECT_EQ(execute("DROP TABLE t"), 0);
}

TEST_P(Execute, of_a_select_returns_the_rows_it_returned) {
  make_numbered("t", 5);
  EXPECT_EQ(execute("SELECT * FROM t WHERE id <= 4"), 4);
  EXPECT_EQ(execute("SELECT * FROM t WHERE id > 99"), 0);
}

TEST_P(Execute, counts_rows_of_a_returning_clause) {
  make_numbered("t", 5);
  EXPECT_EQ(execute("DELETE FROM t WHERE id <= 2 RETURNING id"), 2);
}

TEST_P(Execute, counts_its_own_rows_and_not_those_of_a_trigger) {
  execute("CREATE TABLE t (id integer)");
  execute("CREATE TABLE log (id integer)");
  if (postgres()) {
    execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO log SELECT * FROM generate_series(1, 10); RETURN new; END $$");
    execute("CREATE TRIGGER t_note AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()");
  } else {
    execute(
        "CREATE TRIGGER t_note AFTER INSERT ON t BEGIN "
        "INSERT INTO log VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10); END");
  }
  EXPECT_EQ(execute("INSERT INTO t VALUES (1), (2)"), 2);
  EXPECT_EQ(count("log"), 20);
}

TEST_P(Execute, refuses_several_statements_and_runs_none_of_them) {
  execute("CREATE TABLE t (id integer)");
  const Error error = raised([&] { execute("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.message.find("db:script"), std::string::npos) << error.message;
  EXPECT_EQ(count("t"), 0);
  EXPECT_EQ(raised([&] { db().query("SELECT 1; SELECT 2"); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(raised([&] { db().stream("SELECT 1; SELECT 2"); }).kind, ErrorKind::kUsage);
}

TEST_P(Execute, takes_one_statement_with_comments_and_a_semicolon_around_it) {
  EXPECT_EQ(value("-- first;\n SELECT ';' || /* ; */ 'x' ; -- done;\n"), Value(";x"));
}

TEST_P(Execute, of_a_text_without_a_statement_does_nothing) { EXPECT_EQ(execute(" -- only a comment\n"), 0); }

TEST_P(Execute, survives_a_change_of_the_schema_between_two_runs_of_one_text) {
  execute("CREATE TABLE t (id integer)");
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(db().query("SELECT * FROM t")->names(), (std::vector<std::string>{"id"}));
  execute("ALTER TABLE t ADD COLUMN note text DEFAULT 'n'");
  const auto cursor = db().query("SELECT * FROM t");
  EXPECT_EQ(cursor->names(), (std::vector<std::string>{"id", "note"}));
  ASSERT_TRUE(cursor->next());
  EXPECT_EQ(row_of(*cursor), (Row{1, "n"}));
}

class Query : public EngineTest {};
TIDE_ON_BOTH_ENGINES(Query);

TEST_P(Query, names_its_columns_as_they_were_asked_for) {
  const auto cursor = db().query(R"(SELECT 1 AS id, 2 AS "Two Words", 3 AS "größe", 4 AS id)");
  EXPECT_EQ(cursor->names(), (std::vector<std::string>{"id", "Two Words", "größe", "id"}));
}

TEST_P(Query, returns_every_row_once_and_then_stays_at_the_end) {
  make_numbered("t", 1000);
  const auto cursor = db().query("SELECT id, note FROM t ORDER BY id");
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_TRUE(cursor->next());
    ASSERT_EQ(row_of(*cursor), (Row{i, "note " + std::to_string(i)}));
  }
  EXPECT_FALSE(cursor->next());
  EXPECT_FALSE(cursor->next());
}

TEST_P(Query, without_rows_still_has_names) {
  const auto cursor = db().query("SELECT 1 AS a, 2 AS b WHERE 1 = 0");
  EXPECT_EQ(cursor->names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(cursor->next());
}

TEST_P(Query, of_a_statement_that_returns_nothing_has_no_columns_and_no_rows) {
  execute("CREATE TABLE t (id integer)");
  const auto cursor = db().query("INSERT INTO t VALUES (1)");
  EXPECT_TRUE(cursor->names().empty());
  EXPECT_FALSE(cursor->next());
  EXPECT_EQ(count("t"), 1);
}

TEST_P(Query, with_returning_has_written_before_its_first_row_is_read) {
  execute("CREATE TABLE t (id integer, note text)");
  const auto cursor = db().query("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING note");
  EXPECT_EQ(count("t"), 2);
  EXPECT_EQ(all_rows(*cursor), (std::vector<Row>{{"a"}, {"b"}}));
}

TEST_P(Query, holds_its_result_while_other_statements_change_it) {
  make_numbered("t", 10);
  const auto cursor = db().query("SELECT id FROM t ORDER BY id");
  execute("DROP TABLE t");
  EXPECT_EQ(all_rows(*cursor).size(), 10U);
}

TEST_P(Query, can_be_closed_twice_and_has_no_rows_after_it) {
  make_numbered("t", 10);
  const auto cursor = db().query("SELECT id FROM t");
  ASSERT_TRUE(cursor->next());
  cursor->close();
  cursor->close();
  EXPECT_FALSE(cursor->next());
}

}  // namespace
}  // namespace tide::test
