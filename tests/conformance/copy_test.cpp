#include <algorithm>
#include <cstdint>
#include <limits>

#include "support/databases.h"

namespace tide::test {
namespace {

class CopyIntoTable : public EngineTest {
 protected:
  CopyIntoTable() {
    execute(
        std::string("CREATE TABLE kinds (id integer PRIMARY KEY, b boolean, i bigint, d double precision, t text, x ") +
        bytes_type() + ")");
  }
  const std::vector<std::string> all_{"id", "b", "i", "d", "t", "x"};
};
TIDE_ON_BOTH_ENGINES(CopyIntoTable);

TEST_P(CopyIntoTable, loads_every_type_and_null_exactly) {
  const std::vector<Row> loaded{
      {1, true, INT64_MAX, 0.1, "plain", Bytes{std::string("\0\xff\\", 3)}},
      {2, false, INT64_MIN, -1e300, "", Bytes{""}},
      {3, Null{}, Null{}, Null{}, Null{}, Null{}},
  };
  const auto copy = db().copy_in("kinds", all_);
  for (const Row& row : loaded) copy->write(row);
  EXPECT_EQ(copy->finish(), 3);
  EXPECT_EQ(rows("SELECT * FROM kinds ORDER BY id"), loaded);
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
}

TEST_P(CopyIntoTable, keeps_every_troublesome_text) {
  const std::vector<std::string> texts{"tab\there", "line\nbreak", "return\r\n", "back\\slash", "\\N",     "\\.",
                                       "\\\\N",     "NULL",        "\"quoted\"", "it's",        "a,b;c|d", "",
                                       " ",         "größe 🌊",     "\\x41",      "\v\f\b",      "\\"};
  const auto copy = db().copy_in("kinds", {"id", "t"});
  for (std::size_t i = 0; i < texts.size(); ++i) copy->write({static_cast<int>(i), texts[i]});
  EXPECT_EQ(copy->finish(), static_cast<std::int64_t>(texts.size()));
  const auto found = rows("SELECT t FROM kinds ORDER BY id");
  ASSERT_EQ(found.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(found[i][0], Value(texts[i]));
}

TEST_P(CopyIntoTable, loads_many_rows) {
  const auto copy = db().copy_in("kinds", {"id", "t"});
  for (int i = 0; i < 50000; ++i) copy->write({i, "row " + std::to_string(i)});
  EXPECT_EQ(copy->finish(), 50000);
  EXPECT_EQ(count("kinds"), 50000);
  EXPECT_EQ(count("kinds WHERE t = 'row ' || id"), 50000);
}

TEST_P(CopyIntoTable, without_rows_loads_none) {
  EXPECT_EQ(db().copy_in("kinds", all_)->finish(), 0);
  EXPECT_EQ(count("kinds"), 0);
}

TEST_P(CopyIntoTable, that_is_not_finished_loads_nothing) {
  {
    const auto copy = db().copy_in("kinds", {"id"});
    copy->write({1});
    copy->write({2});
  }
  EXPECT_EQ(count("kinds"), 0);
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
  execute("INSERT INTO kinds (id) VALUES (1)");
}

TEST_P(CopyIntoTable, with_a_row_that_fails_raises_and_loads_nothing) {
  const Error error = raised([&] {
    const auto copy = db().copy_in("kinds", {"id", "t"});
    copy->write({1, "a"});
    copy->write({2, "b"});
    copy->write({1, "again"});
    copy->finish();
  });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(error.sqlstate, "23505");
  EXPECT_EQ(count("kinds"), 0);
}

TEST_P(CopyIntoTable, refuses_a_row_of_another_width) {
  const Error error = raised([&] {
    const auto copy = db().copy_in("kinds", {"id", "t"});
    copy->write({1, "a", "too much"});
    copy->finish();
  });
  EXPECT_EQ(error.kind, ErrorKind::kUsage) << error.message;
  EXPECT_EQ(count("kinds"), 0);
}

TEST_P(CopyIntoTable, inside_a_transaction_belongs_to_it) {
  db().begin();
  execute("INSERT INTO kinds (id) VALUES (100)");
  const auto copy = db().copy_in("kinds", {"id"});
  copy->write({1});
  EXPECT_EQ(copy->finish(), 1);
  EXPECT_EQ(db().transaction_state(), TransactionState::kOpen);
  EXPECT_EQ(count("kinds"), 2);
  db().rollback();
  EXPECT_EQ(count("kinds"), 0);
}

TEST_P(CopyIntoTable, quotes_the_names_it_is_given) {
  execute(R"(CREATE TABLE "Odd Table" ("Select" integer, "a ""b" text))");
  for (const std::string& name : {std::string("Odd Table"), db().ident("Odd Table")}) {
    const auto copy = db().copy_in(name, {"a \"b", "Select"});
    copy->write({"x", 1});
    EXPECT_EQ(copy->finish(), 1);
  }
  EXPECT_EQ(rows(R"(SELECT * FROM "Odd Table")"), (std::vector<Row>{{1, "x"}, {1, "x"}}));
}

TEST_P(CopyIntoTable, takes_a_schema_before_the_table) {
  const auto copy = db().copy_in(postgres() ? "public.kinds" : "main.kinds", {"id"});
  copy->write({1});
  EXPECT_EQ(copy->finish(), 1);
  EXPECT_EQ(count("kinds"), 1);
}

TEST_P(CopyIntoTable, without_columns_takes_all_of_them_in_order) {
  const auto copy = db().copy_in("kinds", {});
  const Row row{1, true, 2, 0.5, "t", Bytes{"x"}};
  copy->write(row);
  EXPECT_EQ(copy->finish(), 1);
  EXPECT_EQ(rows("SELECT * FROM kinds"), (std::vector<Row>{row}));
}

TEST_P(CopyIntoTable, of_a_missing_table_or_column_raises) {
  const auto load = [&](const std::string& table, const std::string& column) {
    const auto copy = db().copy_in(table, {column});
    copy->write({1});
    copy->finish();
  };
  EXPECT_EQ(raised([&] { load("missing", "id"); }).sqlstate, "42P01");
  EXPECT_EQ(raised([&] { load("kinds", "missing"); }).sqlstate, "42703");
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(CopyIntoTable, that_has_ended_takes_no_more_rows) {
  const auto copy = db().copy_in("kinds", {"id"});
  copy->write({1});
  copy->finish();
  EXPECT_THROW(copy->write({2}), Error);
  EXPECT_EQ(count("kinds"), 1);
}

TEST_P(CopyIntoTable, keeps_other_statements_away_until_it_ends) {
  const auto copy = db().copy_in("kinds", {"id"});
  EXPECT_EQ(raised([&] { execute("INSERT INTO kinds (id) VALUES (1)"); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(raised([&] { db().stream("SELECT 1"); }).kind, ErrorKind::kUsage);
  copy->write({2});
  EXPECT_EQ(copy->finish(), 1);
  EXPECT_EQ(rows("SELECT id FROM kinds"), (std::vector<Row>{{2}}));
}

class CopyOut : public EngineTest {
 protected:
  std::string csv(const Statement& query, bool header, std::int64_t expected_rows) {
    std::string text;
    const auto rows = db().copy_out(query, {header}, [&](std::string_view line) {
      EXPECT_EQ(line.back(), '\n');
      text += line;
    });
    EXPECT_EQ(rows, expected_rows);
    return text;
  }
};
TIDE_ON_BOTH_ENGINES(CopyOut);

TEST_P(CopyOut, writes_the_names_first_when_asked) {
  make_numbered("t", 2);
  EXPECT_EQ(csv("SELECT id, note FROM t ORDER BY id", true, 2), "id,note\n1,note 1\n2,note 2\n");
  EXPECT_EQ(csv("SELECT id, note FROM t ORDER BY id", false, 2), "1,note 1\n2,note 2\n");
}

TEST_P(CopyOut, of_no_rows_writes_the_header_alone) {
  make_numbered("t", 1);
  EXPECT_EQ(csv("SELECT id FROM t WHERE id > 9", true, 0), "id\n");
  EXPECT_EQ(csv("SELECT id FROM t WHERE id > 9", false, 0), "");
}

TEST_P(CopyOut, tells_null_from_an_empty_string) {
  EXPECT_EQ(csv("SELECT 1 AS a, NULL AS b, '' AS c, 'NULL' AS d", false, 1), "1,,\"\",NULL\n");
}

TEST_P(CopyOut, quotes_what_must_be_quoted_and_nothing_else) {
  const Statement query(R"(SELECT 'a,b' AS "x,y", 'say "hi"' AS b, 'it''s' AS c, ' edge ' AS d, 'semi;colon' AS e)");
  EXPECT_EQ(csv(query, true, 1), "\"x,y\",b,c,d,e\n\"a,b\",\"say \"\"hi\"\"\",it's, edge ,semi;colon\n");
  execute("CREATE TABLE t (v text)");
  execute(sql("INSERT INTO t VALUES ($1)", "two\nlines\r"));
  EXPECT_EQ(csv("SELECT v FROM t", false, 1), "\"two\nlines\r\"\n");
  EXPECT_EQ(csv(R"(SELECT '\.' AS a)", false, 1), "\"\\.\"\n");
}

TEST_P(CopyOut, writes_each_type_as_postgres_does) {
  execute(std::string("CREATE TABLE kinds (b boolean, i bigint, d double precision, x ") + bytes_type() + ")");
  const std::vector<Row> written{{true, INT64_MIN, 0.1, Bytes{std::string("\0\xff", 2)}},
                                 {false, 0, 1e20, Bytes{""}},
                                 {Null{}, Null{}, -1e-5, Null{}},
                                 {true, 7, std::numeric_limits<double>::infinity(), Bytes{"a"}},
                                 {true, 8, 123456789012345.0, Bytes{"a"}},
                                 {true, 9, 1e15, Bytes{"a"}},
                                 {true, 10, 100000.0, Bytes{"a"}}};
  for (const Row& row : written) execute(Statement("INSERT INTO kinds VALUES ($1, $2, $3, $4)", row));
  EXPECT_EQ(csv("SELECT * FROM kinds", false, 7),
            "t,-9223372036854775808,0.1,\\x00ff\n"
            "f,0,1e+20,\\x\n"
            ",,-1e-05,\n"
            "t,7,Infinity,\\x61\n"
            "t,8,123456789012345,\\x61\n"
            "t,9,1e+15,\\x61\n"
            "t,10,100000,\\x61\n");
}

TEST_P(CopyOut, takes_parameters) {
  make_numbered("t", 5);
  EXPECT_EQ(csv(sql("SELECT id FROM t WHERE id > $1 ORDER BY id", 3), false, 2), "4\n5\n");
}

TEST_P(CopyOut, of_a_statement_that_cannot_run_raises) {
  EXPECT_EQ(raised([&] { csv("SELECT nope FROM missing", true, 0); }).sqlstate, "42P01");
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(CopyOut, is_stopped_by_its_writer_and_the_connection_goes_on) {
  make_numbered("t", 20000);
  int lines = 0;
  const auto write = [&](std::string_view) {
    if (++lines == 10) throw Error(ErrorKind::kIo, "disk full");
  };
  EXPECT_EQ(raised([&] { db().copy_out("SELECT id FROM t", {false}, write); }).kind, ErrorKind::kIo);
  EXPECT_EQ(value("SELECT 1"), Value(1));
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
}

TEST_P(CopyOut, of_many_rows_gives_each_one) {
  make_numbered("t", 30000);
  const std::string text = csv("SELECT note FROM t", false, 30000);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 30000);
}

class SqliteCopies : public SqliteTest {};

TEST_F(SqliteCopies, name_the_row_that_failed) {
  execute("CREATE TABLE t (id integer PRIMARY KEY)");
  const auto copy = db().copy_in("t", {"id"});
  copy->write({1});
  const Error error = raised([&] { copy->write({1}); });
  EXPECT_NE(error.message.find("row 2"), std::string::npos) << error.message;
  EXPECT_EQ(error.table, "t");
}

TEST_F(SqliteCopies, of_data_from_a_script_name_what_works_instead) {
  const Error error = raised([&] { db().copy_data("COPY t FROM stdin", "1\n"); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.message.find("copy_in"), std::string::npos) << error.message;
}

class PostgresCopies : public PostgresTest {};

TEST_F(PostgresCopies, load_what_only_postgres_has) {
  execute("CREATE TYPE mood AS ENUM ('sad', 'happy')");
  execute("CREATE TABLE t (n numeric, ts timestamptz, j jsonb, u uuid, m mood, a text[], i int[])");
  const auto copy = db().copy_in("t", {"n", "ts", "j", "u", "m", "a", "i"});
  copy->write({Numeric{"123456789012345678901234567890.5"}, "2024-02-29 12:00:00+00", R"({"a": "\"\\\n"})",
               "6f1c1f9e-52ab-4c3b-9d0d-3b0b1f0d2a11", "happy", Array{"a,b", "\"", "\\", Null{}, ""},
               Array{1, Null{}}});
  EXPECT_EQ(copy->finish(), 1);
  EXPECT_EQ(rows("SELECT n, j->>'a', m, a, i FROM t"),
            (std::vector<Row>{{Numeric{"123456789012345678901234567890.5"}, "\"\\\n", "happy",
                               Array{"a,b", "\"", "\\", Null{}, ""}, Array{1, Null{}}}}));
}

TEST_F(PostgresCopies, take_the_data_of_a_script) {
  execute("CREATE TABLE t (id integer, note text)");
  EXPECT_EQ(db().copy_data("COPY t FROM stdin", "1\tone\n2\t\\N\n"), 2);
  EXPECT_EQ(rows("SELECT * FROM t ORDER BY id"), (std::vector<Row>{{1, "one"}, {2, Null{}}}));
}

TEST_F(PostgresCopies, out_of_one_table_go_into_another_unchanged) {
  execute("CREATE TABLE a (id integer, note text, x bytea, n numeric, tags text[])");
  execute(
      "INSERT INTO a SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE repeat(E'q\"\\n\\\\,', i % 5) END, "
      "decode(lpad(to_hex(i), 4, '0'), 'hex'), i / 7.0, ARRAY['t' || i, NULL] FROM generate_series(1, 500) i");
  execute("CREATE TABLE b (LIKE a)");
  std::string text;
  EXPECT_EQ(db().copy_out("SELECT * FROM a", {true}, [&](std::string_view line) { text += line; }), 500);
  EXPECT_EQ(db().copy_data("COPY b FROM stdin (FORMAT csv, HEADER)", text), 500);
  EXPECT_EQ(value("SELECT count(*) FROM (SELECT * FROM a EXCEPT SELECT * FROM b) AS d"), Value(0));
}

}  // namespace
}  // namespace tide::test
