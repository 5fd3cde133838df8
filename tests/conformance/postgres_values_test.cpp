#include "support/databases.h"

namespace tide::test {
namespace {

class PostgresValues : public PostgresTest {};

TEST_F(PostgresValues, numerics_lose_nothing) {
  execute("CREATE TABLE t (v numeric)");
  for (const char* text : {"0", "0.00", "-12.340", "123456789012345678901234567890.123456789012345678901234567890",
                           "0.000000000000000000000000000001"}) {
    execute("DELETE FROM t");
    execute(sql("INSERT INTO t VALUES ($1)", Numeric{text}));
    EXPECT_EQ(value("SELECT v FROM t"), Value(Numeric{text}));
  }
  EXPECT_EQ(value("SELECT sum(v) FROM (VALUES (0.1::numeric), (0.2)) AS t(v)"), Value(Numeric{"0.3"}));
}

TEST_F(PostgresValues, small_and_large_integers_are_integers) {
  EXPECT_EQ(rows("SELECT 1::smallint, 2::integer, 3::bigint, 4::oid"), (std::vector<Row>{{1, 2, 3, 4}}));
}

TEST_F(PostgresValues, real_is_a_float) { EXPECT_EQ(value("SELECT 1.5::real"), Value(1.5)); }

TEST_F(PostgresValues, times_are_iso_text_whatever_the_server_would_print) {
  execute("SET TIME ZONE 'UTC'");
  EXPECT_EQ(value("SELECT '2024-02-29'::date"), Value("2024-02-29"));
  EXPECT_EQ(value("SELECT '23:59:59.123456'::time"), Value("23:59:59.123456"));
  EXPECT_EQ(value("SELECT '2024-02-29 12:34:56.789'::timestamp"), Value("2024-02-29 12:34:56.789"));
  EXPECT_EQ(value("SELECT '2024-02-29 12:34:56+02'::timestamptz"), Value("2024-02-29 10:34:56+00"));
}

TEST_F(PostgresValues, other_types_are_their_text) {
  const char* uuid = "6f1c1f9e-52ab-4c3b-9d0d-3b0b1f0d2a11";
  EXPECT_EQ(value(sql("SELECT $1::uuid", uuid)), Value(uuid));
  EXPECT_EQ(value("SELECT '10.0.0.0/8'::cidr"), Value("10.0.0.0/8"));
  EXPECT_EQ(value("SELECT '[1,5)'::int4range"), Value("[1,5)"));
  EXPECT_EQ(value("SELECT 'ab '::char(3)"), Value("ab "));
  EXPECT_EQ(value("SELECT 'pg_class'::regclass"), Value("pg_class"));
}

TEST_F(PostgresValues, json_is_text_as_it_was_written) {
  EXPECT_EQ(value(sql("SELECT $1::json", R"({"a" : [1,2,  null]})")), Value(R"({"a" : [1,2,  null]})"));
  EXPECT_EQ(value(sql("SELECT $1::jsonb", R"({"b":"ü'\"","a":1})")), Value(R"({"a": 1, "b": "ü'\""})"));
}

TEST_F(PostgresValues, an_enum_is_its_label_and_a_domain_is_its_base_type) {
  execute("CREATE TYPE mood AS ENUM ('sad', 'so so')");
  execute("CREATE DOMAIN age AS integer CHECK (value >= 0)");
  execute("CREATE TABLE t (m mood, a age)");
  execute(sql("INSERT INTO t VALUES ($1, $2)", "so so", 7));
  EXPECT_EQ(rows("SELECT m, a FROM t"), (std::vector<Row>{{"so so", 7}}));
}

TEST_F(PostgresValues, arrays_are_arrays_of_their_elements) {
  EXPECT_EQ(value("SELECT ARRAY[1, NULL, 3]::bigint[]"), Value(Array{1, Null{}, 3}));
  EXPECT_EQ(value("SELECT '{}'::text[]"), Value(Array{}));
  EXPECT_EQ(value("SELECT ARRAY[true, false]"), Value(Array{true, false}));
  EXPECT_EQ(value("SELECT ARRAY[1.50, 2]::numeric[]"), Value(Array{Numeric{"1.50"}, Numeric{"2"}}));
  EXPECT_EQ(value("SELECT ARRAY[0.5, 'Infinity']::float8[] "),
            Value(Array{0.5, std::numeric_limits<double>::infinity()}));
  EXPECT_EQ(value("SELECT ARRAY['\\x0001'::bytea]"), Value(Array{Bytes{std::string("\0\1", 2)}}));
  EXPECT_EQ(value("SELECT NULL::text[]"), Value(Null{}));
}

TEST_F(PostgresValues, arrays_nest_and_keep_nulls_and_quotes) {
  const Array inner{"", "NULL", Null{}, "a,b", "{}", "\"q\"", "back\\slash", " edge ", "it's", "ü", "line\nbreak"};
  EXPECT_EQ(value(sql("SELECT $1::text[]", inner)), Value(inner));
  const Array nested{Array{1, 2}, Array{3, Null{}}};
  EXPECT_EQ(value(sql("SELECT $1::bigint[]", nested)), Value(nested));
  EXPECT_EQ(value("SELECT '[0:1]={7,8}'::int[]"), Value(Array{7, 8}));
}

TEST_F(PostgresValues, arrays_of_every_element_type_can_be_written) {
  execute("CREATE TABLE t (b boolean[], i bigint[], d float8[], n numeric[], t text[], x bytea[])");
  const Row row{Array{true, Null{}},
                Array{1, -2},
                Array{0.5, 1e300},
                Array{Numeric{"1.10"}},
                Array{"a", "b'\"\\", Null{}},
                Array{Bytes{std::string("\0\\\"\xff", 4)}}};
  execute(Statement("INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)", row));
  EXPECT_EQ(rows("SELECT * FROM t"), (std::vector<Row>{row}));
}

TEST_F(PostgresValues, a_text_with_a_nul_byte_is_refused_and_not_cut_short) {
  execute("CREATE TABLE t (v text)");
  EXPECT_THROW(execute(sql("INSERT INTO t VALUES ($1)", std::string("a\0b", 3))), Error);
  EXPECT_EQ(value("SELECT count(*) FROM t"), Value(0));
}

TEST_F(PostgresValues, void_and_composite_results_can_be_read) {
  EXPECT_EQ(value("SELECT pg_sleep(0)"), Value(""));
  EXPECT_EQ(value("SELECT ROW(1, 'a b', NULL)"), Value("(1,\"a b\",)"));
}

}  // namespace
}  // namespace tide::test
