#include "db/script.h"

#include <fstream>
#include <sstream>

#include "support/databases.h"

namespace tide::test {
namespace {

ScriptOptions options_for(const TempDir& dir, const std::string& name) {
  ScriptOptions options;
  options.file = dir / name;
  options.read = [](const std::string& path) {
    std::ifstream file(path);
    if (!file) throw Error(ErrorKind::kIo, "cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  return options;
}

class Scripts : public EngineTest {
 protected:
  ScriptResult run(const std::string& text) { return run_script(db(), text, options_for(dir_, "main.sql")); }
  TempDir dir_;
};
TIDE_ON_BOTH_ENGINES(Scripts);

TEST_P(Scripts, run_their_statements_in_order_and_count_them) {
  const ScriptResult result =
      run("CREATE TABLE t (id integer, note text);\n"
          "INSERT INTO t VALUES (1, 'a;b'), (2, 'c'); -- ; done\n"
          "/* ; */ UPDATE t SET note = 'x' WHERE id = 2;\n");
  EXPECT_EQ(result.statements, 3);
  EXPECT_EQ(result.rows, 3);
  EXPECT_EQ(rows("SELECT * FROM t ORDER BY id"), (std::vector<Row>{{1, "a;b"}, {2, "x"}}));
}

TEST_P(Scripts, need_no_semicolon_at_the_end) {
  EXPECT_EQ(run("CREATE TABLE t (id integer);\nINSERT INTO t VALUES (1)").statements, 2);
  EXPECT_EQ(count("t"), 1);
  EXPECT_EQ(run(" \n-- nothing\n").statements, 0);
}

TEST_P(Scripts, stop_at_the_first_error_and_name_its_place) {
  const Error error = raised([&] {
    run("CREATE TABLE t (id integer);\n\nINSERT INTO t VALUES (1);\n  SELECT 'ü', nope FROM t;\nINSERT INTO t VALUES "
        "(2);\n");
  });
  EXPECT_EQ(error.sqlstate, "42703");
  EXPECT_EQ(error.file, dir_ / "main.sql");
  EXPECT_EQ(error.line, 4);
  EXPECT_EQ(error.file_column, 15);
  EXPECT_EQ(count("t"), 1);
}

TEST_P(Scripts, hold_triggers_with_statements_inside) {
  execute("CREATE TABLE t (id integer)");
  execute("CREATE TABLE log (id integer)");
  const char* trigger =
      postgres() ? "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN\n"
                   "INSERT INTO log VALUES (new.id); INSERT INTO log VALUES (-new.id); RETURN new; END; $body$;\n"
                   "CREATE TRIGGER n AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();\n"
                 : "CREATE TRIGGER n AFTER INSERT ON t BEGIN\n"
                   "INSERT INTO log VALUES (new.id); INSERT INTO log VALUES (CASE WHEN 1 THEN -new.id END); END;\n";
  run(std::string(trigger) + "INSERT INTO t VALUES (7);");
  EXPECT_EQ(rows("SELECT id FROM log ORDER BY id"), (std::vector<Row>{{-7}, {7}}));
}

TEST_P(Scripts, include_other_files) {
  dir_.write("parts/one.sql", "CREATE TABLE one (id integer);\n\\ir two.sql\n");
  dir_.write("parts/two.sql", "CREATE TABLE two (id integer);\nINSERT INTO two VALUES (1);\n");
  EXPECT_EQ(run("\\ir parts/one.sql\nINSERT INTO one VALUES (1);\n").statements, 4);
  EXPECT_EQ(count("one"), 1);
  EXPECT_EQ(count("two"), 1);
}

TEST_P(Scripts, name_the_included_file_when_it_fails) {
  const std::string path = dir_.write("part.sql", "SELECT 1;\nSELECT nope;\n");
  const Error error = raised([&] { run("\\ir part.sql\n"); });
  EXPECT_EQ(error.file, path);
  EXPECT_EQ(error.line, 2);
}

TEST_P(Scripts, replace_variables) {
  run("\\set n 5\n\\set name 'it''s'\nCREATE TABLE t (id integer, note text);\nINSERT INTO t VALUES (:n, :'name');\n");
  EXPECT_EQ(rows("SELECT * FROM t"), (std::vector<Row>{{5, "it's"}}));
}

TEST_P(Scripts, refuse_other_commands_before_anything_has_run) {
  const Error error = raised([&] { run("CREATE TABLE t (id integer);\n\\connect other\n"); });
  EXPECT_NE(error.message.find("connect"), std::string::npos) << error.message;
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(raised([&] { count("t"); }).sqlstate, "42P01");
}

TEST_P(Scripts, inside_a_transaction_go_with_it) {
  db().begin();
  run("CREATE TABLE t (id integer); INSERT INTO t VALUES (1);");
  db().rollback();
  EXPECT_EQ(raised([&] { count("t"); }).sqlstate, "42P01");
}

TEST_P(Scripts, load_copy_data_where_the_engine_has_it_and_refuse_it_by_name_elsewhere) {
  execute("CREATE TABLE t (id integer, note text)");
  const std::string text = "COPY t FROM stdin;\n1\tone; 'x'\n2\t\\N\n\\.\nINSERT INTO t VALUES (3, 'c');\n";
  if (postgres()) {
    EXPECT_EQ(run(text).rows, 3);
    EXPECT_EQ(rows("SELECT * FROM t ORDER BY id"), (std::vector<Row>{{1, "one; 'x'"}, {2, Null{}}, {3, "c"}}));
  } else {
    const Error error = raised([&] { run(text); });
    EXPECT_NE(error.message.find("COPY"), std::string::npos) << error.message;
    EXPECT_EQ(count("t"), 0);
  }
}

class PostgresScripts : public PostgresTest {};

TEST_F(PostgresScripts, name_the_line_of_copy_data_that_failed) {
  const TempDir dir;
  execute("CREATE TABLE t (id integer)");
  const Error error =
      raised([&] { run_script(db(), "SELECT 1;\nCOPY t FROM stdin;\n1\nx\n\\.\n", options_for(dir, "main.sql")); });
  EXPECT_EQ(error.sqlstate, "22P02");
  EXPECT_EQ(error.file, dir / "main.sql");
  EXPECT_GE(error.line, 2);
  EXPECT_EQ(value("SELECT count(*) FROM t"), Value(0));
}

}  // namespace
}  // namespace tide::test
