#include <cmath>
#include <limits>

#include "support/databases.h"

namespace tide::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

class Values : public EngineTest {
 protected:
  Values() {
    execute(std::string("CREATE TABLE kinds (b boolean, i bigint, d double precision, t text, x ") + bytes_type() +
            ")");
  }
  // Writes one value into one column, and reads it by query and by stream.
  void expect_kept(const std::string& column, const Value& written, const Value& read) {
    execute("DELETE FROM kinds");
    ASSERT_EQ(execute(Statement("INSERT INTO kinds (" + column + ") VALUES ($1)", {written})), 1);
    const std::string select = "SELECT " + column + " FROM kinds";
    EXPECT_EQ(value(select), read);
    EXPECT_EQ(all_rows(*db().stream(select)), (std::vector<Row>{{read}}));
  }
  void expect_kept(const std::string& column, const Value& written) { expect_kept(column, written, written); }
};
TIDE_ON_BOTH_ENGINES(Values);

TEST_P(Values, null_stays_null_in_every_type) {
  for (const char* column : {"b", "i", "d", "t", "x"}) expect_kept(column, Null{});
  EXPECT_EQ(rows("SELECT NULL"), (std::vector<Row>{{Null{}}}));
}

TEST_P(Values, an_empty_string_is_not_null) {
  expect_kept("t", "");
  expect_kept("x", Bytes{""});
  EXPECT_EQ(count("kinds WHERE x IS NULL"), 0);
}

TEST_P(Values, booleans_stay_booleans) {
  expect_kept("b", true);
  expect_kept("b", false);
}

TEST_P(Values, integers_are_exact_up_to_the_edges) {
  for (const std::int64_t i :
       {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 53) + 1, -(std::int64_t{1} << 53) - 1,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    expect_kept("i", i);
  }
}

TEST_P(Values, floats_are_exact_and_stay_floats) {
  for (const double d : {0.0, 1.0, -1.5, 0.1, 1.0 / 3, 1e300, 5e-324, 2.2250738585072014e-308, 123456789.123456789,
                         std::numeric_limits<double>::max(), kInfinity, -kInfinity}) {
    expect_kept("d", d);
  }
}

TEST_P(Values, negative_zero_is_a_zero) {
  execute(sql("INSERT INTO kinds (d) VALUES ($1)", -0.0));
  EXPECT_EQ(value("SELECT d FROM kinds"), Value(0.0));
}

TEST_P(Values, nan_is_stored_or_refused_by_name_but_never_turned_into_null) {
  const auto write = [&] { execute(sql("INSERT INTO kinds (d) VALUES ($1)", std::nan(""))); };
  if (postgres()) {
    write();
    EXPECT_TRUE(std::isnan(std::get<double>(value("SELECT d FROM kinds").data)));
  } else {
    const Error error = raised(write);
    EXPECT_EQ(error.kind, ErrorKind::kSql);
    EXPECT_EQ(error.sqlstate, "22003");
    EXPECT_NE(error.message.find("$1"), std::string::npos) << error.message;
    EXPECT_EQ(count("kinds"), 0);
  }
}

TEST_P(Values, text_keeps_every_character) {
  for (const char* text : {"plain", "it's", "\"double\"", "back\\slash", "\\x41", "$1 $$ $tag$", "a;b--c/*d*/",
                           "tab\tnew\nline\r\n", " edges ", "NULL", "null", "{a,b}", "%s %d", "größe 数据 🌊",
                           "e\xCC\x81", "\x01\x7f", "'; DROP TABLE kinds; --"}) {
    expect_kept("t", text);
  }
}

TEST_P(Values, text_of_megabytes_comes_back_whole) {
  std::string text;
  while (text.size() < 5'000'000) text += "Zeile mit ü und 'quotes' " + std::to_string(text.size()) + "\n";
  expect_kept("t", text);
}

TEST_P(Values, bytes_keep_all_256_values) {
  expect_kept("x", Bytes{every_byte()});
  expect_kept("x", Bytes{std::string(100'000, '\0')});
  expect_kept("x", Bytes{"\\x00"});
}

TEST_P(Values, a_string_that_is_no_text_is_taken_as_bytes_where_bytes_are_asked_for) {
  expect_kept("x", every_byte(), Bytes{every_byte()});
}

TEST_P(Values, many_columns_and_rows_do_not_mix) {
  for (int i = 0; i < 500; ++i) {
    execute(sql("INSERT INTO kinds VALUES ($1, $2, $3, $4, $5)", i % 2 == 0, i, i + 0.5, "t" + std::to_string(i),
                Bytes{std::string(1, static_cast<char>(i))}));
  }
  const auto found = rows("SELECT * FROM kinds ORDER BY i");
  ASSERT_EQ(found.size(), 500U);
  for (int i = 0; i < 500; ++i) {
    const Row expected{i % 2 == 0, i, i + 0.5, "t" + std::to_string(i), Bytes{std::string(1, static_cast<char>(i))}};
    ASSERT_EQ(found[static_cast<std::size_t>(i)], expected);
  }
}

TEST_P(Values, numerics_bind_into_arithmetic_columns) {
  execute("CREATE TABLE money (amount numeric(12, 2))");
  execute(sql("INSERT INTO money VALUES ($1)", Numeric{"12.50"}));
  EXPECT_EQ(count("money WHERE amount = 12.5"), 1);
  EXPECT_EQ(rows(sql("SELECT 1 FROM money WHERE amount = $1", Numeric{"12.5"})).size(), 1U);
}

TEST_P(Values, numerics_compare_as_numbers_also_where_no_column_says_so) {
  EXPECT_EQ(count("(SELECT 1 AS one) x WHERE 13 > " + db().literal(Numeric{"12.5"})), 1);
  EXPECT_EQ(rows(sql("SELECT 1 WHERE 13.5 > $1 AND $1 > 12.0", Numeric{"12.5"})).size(), 1U);
}

TEST_P(Values, a_text_that_looks_like_a_number_stays_text) {
  for (const char* text : {"007", "1e5", "12345678901234567890", "0x10", " 5"}) expect_kept("t", text);
}

class SqliteValues : public SqliteTest {};

TEST_F(SqliteValues, each_cell_has_the_kind_it_was_stored_with) {
  execute("CREATE TABLE t (v)");
  execute("INSERT INTO t VALUES (1), (1.5), ('1'), (x'01'), (NULL)");
  EXPECT_EQ(rows("SELECT v FROM t"), (std::vector<Row>{{1}, {1.5}, {"1"}, {Bytes{"\x01"}}, {Null{}}}));
}

TEST_F(SqliteValues, only_zero_and_one_of_a_boolean_column_are_booleans) {
  execute("CREATE TABLE t (a boolean, b BOOL, c integer)");
  execute("INSERT INTO t VALUES (1, 0, 1), (2, 'yes', 0)");
  EXPECT_EQ(rows("SELECT a, b, c, a + 0 FROM t"), (std::vector<Row>{{true, false, 1, 1}, {2, "yes", 0, 2}}));
}

TEST_F(SqliteValues, numeric_columns_keep_what_sqlite_stored) {
  execute("CREATE TABLE t (a numeric, b decimal(10, 2))");
  execute("INSERT INTO t VALUES (7, 1.25), ('abc', '12345678901234567890.5')");
  EXPECT_EQ(rows("SELECT a, b FROM t"), (std::vector<Row>{{7, 1.25}, {"abc", 12345678901234567890.5}}));
}

TEST_F(SqliteValues, a_string_with_a_nul_or_without_utf8_is_stored_as_a_blob) {
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff\xfe"), every_byte()}) {
    EXPECT_EQ(value(sql("SELECT $1", text)), Value(Bytes{text}));
  }
}

TEST_F(SqliteValues, an_array_is_refused_and_json_is_named) {
  const Error error = raised([&] { execute(sql("SELECT $1", Array{1, 2})); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_NE(error.message.find("$1"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("json.encode"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace tide::test
