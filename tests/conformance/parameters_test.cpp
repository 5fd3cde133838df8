#include "support/databases.h"

namespace tide::test {
namespace {

class Parameters : public EngineTest {
 protected:
  Parameters() { execute("CREATE TABLE t (a bigint, b bigint, note text)"); }
};
TIDE_ON_BOTH_ENGINES(Parameters);

TEST_P(Parameters, may_stand_in_any_order_and_be_used_twice) {
  execute(sql("INSERT INTO t (b, a, note) VALUES ($2, $1, $3)", 1, 2, "x"));
  EXPECT_EQ(rows("SELECT a, b FROM t"), (std::vector<Row>{{1, 2}}));
  EXPECT_EQ(rows(sql("SELECT note FROM t WHERE a = $1 OR b = $1 OR a = $2", 2, 9)), (std::vector<Row>{{"x"}}));
}

TEST_P(Parameters, of_two_digits_are_not_their_first_digit) {
  Row values;
  std::string slots;
  for (int i = 1; i <= 12; ++i) {
    values.emplace_back(i * 100);
    slots += (i > 1 ? ", CAST($" : "CAST($") + std::to_string(i) + " AS bigint)";
  }
  EXPECT_EQ(rows(Statement("SELECT " + slots, values)), (std::vector<Row>{values}));
}

TEST_P(Parameters, inside_strings_and_comments_are_text) {
  EXPECT_EQ(rows(sql("SELECT '$2', note FROM t WHERE a = $1 -- $3\n", 1)).size(), 0U);
  EXPECT_EQ(value("SELECT '$1'"), Value("$1"));
}

TEST_P(Parameters, are_never_pasted_into_the_text) {
  execute(sql("INSERT INTO t (note) VALUES ($1)", "'); DELETE FROM t; --"));
  EXPECT_EQ(rows(sql("SELECT note FROM t WHERE note = $1", "'); DELETE FROM t; --")).size(), 1U);
}

TEST_P(Parameters, too_few_are_refused_with_both_counts) {
  const Error error = raised([&] { execute(sql("INSERT INTO t (a, b) VALUES ($1, $2)", 1)); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.message.find('2'), std::string::npos) << error.message;
  EXPECT_NE(error.message.find('1'), std::string::npos) << error.message;
  EXPECT_EQ(raised([&] { execute("SELECT a FROM t WHERE a = $1"); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Parameters, too_many_are_refused_with_both_counts) {
  const Error error = raised([&] { execute(sql("INSERT INTO t (a) VALUES ($1)", 1, 2, 3)); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.message.find('1'), std::string::npos) << error.message;
  EXPECT_NE(error.message.find('3'), std::string::npos) << error.message;
  EXPECT_EQ(raised([&] { execute(sql("DELETE FROM t", 1)); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Parameters, with_a_gap_are_refused_and_the_missing_one_is_named) {
  const Error error = raised([&] { rows(sql("SELECT a FROM t WHERE a = $2", 1, 2)); });
  EXPECT_EQ(error.sqlstate, "42P18");
  EXPECT_NE(error.message.find("$1"), std::string::npos) << error.message;
}

TEST_P(Parameters, work_the_same_when_streaming) {
  execute(sql("INSERT INTO t (a, note) VALUES ($1, $2), ($3, $4)", 1, "one", 2, "two"));
  EXPECT_EQ(all_rows(*db().stream(sql("SELECT note FROM t WHERE a = $1", 2))), (std::vector<Row>{{"two"}}));
  EXPECT_EQ(raised([&] { db().stream(sql("SELECT note FROM t WHERE a = $1", 1, 2)); }).kind, ErrorKind::kUsage);
}

TEST_P(Parameters, of_a_repeated_text_are_taken_anew_each_time) {
  for (int i = 0; i < 200; ++i)
    execute(sql("INSERT INTO t (a, note) VALUES ($1, $2)", i, i % 2 == 0 ? Value("x") : Value()));
  EXPECT_EQ(count("t WHERE note IS NULL"), 100);
  EXPECT_EQ(value("SELECT count(DISTINCT a) FROM t"), Value(200));
}

TEST_P(Parameters, bind_null_where_a_type_can_be_told) {
  execute(sql("INSERT INTO t (a, note) VALUES ($1, $2)", Null{}, Null{}));
  EXPECT_EQ(count("t WHERE a IS NULL AND note IS NULL"), 1);
}

class SqliteParameters : public SqliteTest {};

TEST_F(SqliteParameters, written_in_another_way_are_refused_by_name) {
  for (const char* name : {"?", "?1", ":a", "@a", "$a", "$01"}) {
    const Error error = raised([&] { execute(sql(std::string("SELECT ") + name, 1)); });
    EXPECT_EQ(error.kind, ErrorKind::kUsage) << name;
    EXPECT_NE(error.message.find("$1"), std::string::npos) << error.message;
  }
}

TEST_F(SqliteParameters, with_a_postgres_cast_are_refused_and_the_portable_cast_is_named) {
  const Error error = raised([&] { execute(sql("SELECT $1::text", 1)); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.hint.find("CAST($1 AS"), std::string::npos) << error.hint;
}

}  // namespace
}  // namespace tide::test
