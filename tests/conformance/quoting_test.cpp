#include <cmath>
#include <cstdint>
#include <limits>

#include "support/databases.h"

namespace tide::test {
namespace {

class Quoting : public EngineTest {};
TIDE_ON_BOTH_ENGINES(Quoting);

TEST_P(Quoting, leaves_a_plain_name_alone) {
  for (const char* name : {"users", "user_id2", "_x"}) EXPECT_EQ(db().ident(name), name);
}

TEST_P(Quoting, of_a_name_makes_it_mean_exactly_that_column) {
  for (const char* name : {"select", "order", "user",         "table",      "Upper", "two words", "1st", "quo\"te",
                           "\"",     "a.b",   "größe",        "semi;colon", "--",    "it's",      "$1",  "%",
                           "true",   "null",  "current_date", "[x]",        "`y`",   "new\nline"}) {
    const std::string quoted = db().ident(name);
    execute("CREATE TABLE t (" + quoted + " integer, other integer)");
    execute("INSERT INTO t (" + quoted + ") VALUES (7)");
    const auto cursor = db().query("SELECT t." + quoted + " FROM t");
    EXPECT_EQ(cursor->names(), std::vector<std::string>{name});
    ASSERT_TRUE(cursor->next());
    EXPECT_EQ(held(*cursor, 0), Value(7)) << quoted;
    execute("DROP TABLE t");
  }
}

TEST_P(Quoting, of_a_name_works_for_tables_too) {
  for (const char* name : {"group", "Mixed Case", "quo\"te", "a.b"}) {
    execute("CREATE TABLE " + db().ident(name) + " (id integer)");
    EXPECT_EQ(count(db().ident(name)), 0);
  }
}

TEST_P(Quoting, of_a_name_with_a_nul_byte_is_refused) { EXPECT_THROW(db().ident(std::string_view("a\0b", 3)), Error); }

TEST_P(Quoting, of_a_text_means_exactly_that_text) {
  for (const char* text : {"", "plain", "it's", "''", "\\", "\\'", "back\\slash", "\\n", "\"", "new\nline", "$$",
                           "größe 🌊", "'; DROP TABLE t; --", "E'x'", "%s", "NULL"}) {
    EXPECT_EQ(value("SELECT " + db().literal(text)), Value(text)) << db().literal(text);
  }
}

TEST_P(Quoting, of_other_values_means_exactly_that_value) {
  EXPECT_EQ(value("SELECT " + db().literal(Null{})), Value(Null{}));
  for (const std::int64_t i : {std::int64_t{0}, std::int64_t{-7}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(value("SELECT " + db().literal(i)), Value(i)) << db().literal(i);
  }
  for (const double d : {0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, 1e15, 100000.0, std::numeric_limits<double>::infinity(),
                         -std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(value("SELECT " + db().literal(d)), Value(d)) << db().literal(d);
  }
  const Bytes bytes{std::string("\0\xff'\\", 4)};
  EXPECT_EQ(value("SELECT " + db().literal(bytes)), Value(bytes)) << db().literal(bytes);
  EXPECT_EQ(value("SELECT " + db().literal(Bytes{""})), Value(Bytes{""}));
}

TEST_P(Quoting, of_a_negative_number_survives_a_minus_before_it) {
  EXPECT_EQ(value("SELECT 5 -" + db().literal(-3)), Value(8));
}

TEST_P(Quoting, of_a_boolean_fits_a_boolean_column) {
  execute("CREATE TABLE t (b boolean DEFAULT " + db().literal(true) + ", c boolean DEFAULT " + db().literal(false) +
          ")");
  execute("INSERT INTO t DEFAULT VALUES");
  EXPECT_EQ(rows("SELECT b, c FROM t"), (std::vector<Row>{{true, false}}));
}

class PostgresQuoting : public PostgresTest {};

TEST_F(PostgresQuoting, of_numerics_arrays_and_nan_is_exact) {
  EXPECT_EQ(value("SELECT " + db().literal(Numeric{"1.10"})), Value(Numeric{"1.10"}));
  const Array texts{"a,b", "it's", "\"", "\\", Null{}, ""};
  EXPECT_EQ(value("SELECT " + db().literal(texts) + "::text[]"), Value(texts)) << db().literal(texts);
  EXPECT_EQ(value("SELECT (" + db().literal(std::nan("")) + ")::text"), Value("NaN"));
}

TEST_F(PostgresQuoting, of_a_text_is_safe_whatever_standard_conforming_strings_says) {
  const std::string literal = db().literal("back\\' OR 1=1 --");
  EXPECT_EQ(value("SELECT " + literal), Value("back\\' OR 1=1 --"));
  execute("SET standard_conforming_strings = off");
  execute("SET escape_string_warning = off");
  EXPECT_EQ(value("SELECT " + literal), Value("back\\' OR 1=1 --"));
}

}  // namespace
}  // namespace tide::test
