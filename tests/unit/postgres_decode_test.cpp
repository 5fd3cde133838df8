#include "db/postgres_decode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "db/postgres_encode.h"
#include "db/postgres_sql.h"
#include "tide/error.h"

namespace tide {
namespace {

using Kind = Cell::Kind;

constexpr std::uint32_t kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26,
                        kFloat4 = 700, kFloat8 = 701, kNumeric = 1700, kJsonb = 3802;
constexpr std::uint32_t kInt4Array = 1007, kTextArray = 1009, kByteaArray = 1001, kBoolArray = 1000,
                        kNumericArray = 1231, kBoxArray = 1020;

PgType type_of(std::uint32_t oid) {
  PgType type;
  EXPECT_TRUE(builtin_type(oid, type)) << oid;
  return type;
}

TEST(PostgresDecode, IntegersKeepAllTheirDigits) {
  const struct {
    std::uint32_t oid;
    const char* text;
    std::int64_t value;
  } cases[] = {{kInt2, "-32768", -32768},
               {kInt4, "2147483647", 2147483647},
               {kOid, "4294967295", 4294967295},
               {kInt8, "9007199254740993", 9007199254740993},
               {kInt8, "-9223372036854775808", std::numeric_limits<std::int64_t>::min()}};
  for (const auto& c : cases) {
    std::string scratch;
    const Cell cell = decode_cell(type_of(c.oid), c.text, scratch);
    EXPECT_EQ(cell.kind, Kind::kInteger) << c.text;
    EXPECT_EQ(cell.integer, c.value) << c.text;
  }
}

TEST(PostgresDecode, FloatsAreTheNearestDouble) {
  const std::pair<const char*, double> cases[] = {{"0.1", 0.1},
                                                  {"5e-324", std::numeric_limits<double>::denorm_min()},
                                                  {"1.7976931348623157e+308", std::numeric_limits<double>::max()},
                                                  {"-0", -0.0},
                                                  {"Infinity", std::numeric_limits<double>::infinity()},
                                                  {"-Infinity", -std::numeric_limits<double>::infinity()}};
  for (const auto& [text, value] : cases) {
    std::string scratch;
    const Cell cell = decode_cell(type_of(kFloat8), text, scratch);
    EXPECT_EQ(cell.kind, Kind::kFloat) << text;
    EXPECT_EQ(cell.real, value) << text;
    EXPECT_EQ(std::signbit(cell.real), std::signbit(value)) << text;
  }
  std::string scratch;
  EXPECT_TRUE(std::isnan(decode_cell(type_of(kFloat4), "NaN", scratch).real));
}

TEST(PostgresDecode, NumericsStayTextAndOnlyWhatIsNoDecimalBecomesADouble) {
  std::string scratch;
  const Cell exact = decode_cell(type_of(kNumeric), "12345678901234567890.000010", scratch);
  EXPECT_EQ(exact.kind, Kind::kNumeric);
  EXPECT_EQ(exact.text, "12345678901234567890.000010");
  for (const char* text : {"NaN", "Infinity", "-Infinity"}) {
    EXPECT_EQ(decode_cell(type_of(kNumeric), text, scratch).kind, Kind::kFloat) << text;
  }
}

TEST(PostgresDecode, ByteaIsDecodedFromBothFormats) {
  const std::pair<const char*, std::string> cases[] = {{"\\x", ""},
                                                       {"\\x00fF5c", std::string("\0\xff\\", 3)},
                                                       {"", ""},
                                                       {"abc", "abc"},
                                                       {"\\000\\377\\\\a", std::string("\0\xff\\a", 4)}};
  for (const auto& [text, bytes] : cases) {
    std::string scratch;
    const Cell cell = decode_cell(type_of(kBytea), text, scratch);
    EXPECT_EQ(cell.kind, Kind::kBytes) << text;
    EXPECT_EQ(cell.text, bytes) << text;
  }
}

TEST(PostgresDecode, BooleansAndText) {
  std::string scratch;
  EXPECT_TRUE(decode_cell(type_of(kBool), "t", scratch).boolean);
  EXPECT_FALSE(decode_cell(type_of(kBool), "f", scratch).boolean);
  EXPECT_EQ(decode_cell(type_of(kText), "", scratch).kind, Kind::kText);
  EXPECT_EQ(decode_cell(type_of(kJsonb), "{\"a\": 1}", scratch).text, "{\"a\": 1}");
}

TEST(PostgresDecode, ATypeThatIsNotBuiltInIsLeftToTheCatalog) {
  PgType type;
  EXPECT_FALSE(builtin_type(0, type));
  EXPECT_FALSE(builtin_type(16384, type));
}

struct ArrayCase {
  std::uint32_t oid;
  const char* literal;
  Array value;
};

TEST(PostgresDecode, ArraysAreReadElementByElement) {
  const ArrayCase cases[] = {
      {kInt4Array, "{}", {}},
      {kInt4Array, "{1,NULL,-3}", {1, Null{}, -3}},
      {kInt4Array, "{{1,2},{3,4}}", {Array{1, 2}, Array{3, 4}}},
      {kInt4Array, "[0:1]={7,8}", {7, 8}},
      {kInt4Array, "[0:0][-1:0]={{7,8}}", {Array{7, 8}}},
      {kTextArray, "{a,\"\",\"NULL\",null,\"b,c\",\"{}\"}", {"a", "", "NULL", Null{}, "b,c", "{}"}},
      {kTextArray, "{\"q\\\"q\",\"b\\\\b\",\" sp \",\"=\"}", {"q\"q", "b\\b", " sp ", "="}},
      {kBoolArray, "{t,f}", {true, false}},
      {kNumericArray, "{1.50}", {Numeric{"1.50"}}},
      {kByteaArray, "{\"\\\\x00ff\"}", {Bytes{std::string("\0\xff", 2)}}},
      {kBoxArray, "{(3,4),(1,2);(1,1),(0,0)}", {"(3,4),(1,2)", "(1,1),(0,0)"}},
  };
  for (const ArrayCase& c : cases) EXPECT_EQ(decode_array(type_of(c.oid), c.literal), Value(c.value)) << c.literal;
}

TEST(PostgresDecode, WhatCannotBeReadIsADefectThatIsNamed) {
  for (const char* literal : {"", "1", "{1", "{1}x", "{\"a", "{{1}", "[0:1]", "{1,}"}) {
    try {
      decode_array(type_of(kInt4Array), literal);
      ADD_FAILURE() << literal << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kInternal) << literal;
    }
  }
  std::string scratch;
  EXPECT_THROW(decode_cell(type_of(kInt4), "1x", scratch), Error);
  EXPECT_THROW(decode_cell(type_of(kBytea), "\\x0g", scratch), Error);
  EXPECT_THROW(decode_cell(type_of(kBytea), "\\9", scratch), Error);
}

TEST(PostgresEncode, AnArrayReadsBackAsItWas) {
  const Array texts = {"", "NULL", "null", Null{}, "a\"b", "c\\d", "{x,y}", " ", "tab\t", "\xc3\xbc"};
  EXPECT_EQ(decode_array(type_of(kTextArray), encode_text(texts)), Value(texts));
  const Array nested = {Array{1, Null{}}, Array{-2, 3}};
  EXPECT_EQ(decode_array(type_of(kInt4Array), encode_text(nested)), Value(nested));
  const Array bytes = {Bytes{std::string("\0\\\"\xff", 4)}, Bytes{""}};
  EXPECT_EQ(decode_array(type_of(kByteaArray), encode_text(bytes)), Value(bytes));
}

TEST(PostgresEncode, ValuesAsParameterText) {
  const std::pair<Value, const char*> cases[] = {
      {true, "t"},
      {false, "f"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
      {0.1, "0.1"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
      {Numeric{"1.50"}, "1.50"},
      {Bytes{std::string("\0\xff", 2)}, "\\x00ff"},
      {"as it is \\ '", "as it is \\ '"},
      {Array{}, "{}"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(encode_text(value), text);
}

TEST(PostgresEncode, LiteralsSayTheirType) {
  const std::pair<Value, const char*> cases[] = {
      {Null{}, "NULL"},
      {true, "true"},
      {5, "5"},
      {-5, "(-5)"},
      {std::numeric_limits<std::int64_t>::min(), "'-9223372036854775808'::int8"},
      {0.5, "'0.5'::float8"},
      {Numeric{"5"}, "'5'::numeric"},
      {"it's", "'it''s'"},
      {"a\\b'", "E'a\\\\b'''"},
      {Bytes{"A"}, "E'\\\\x41'::bytea"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(postgres_literal(value), text);
  EXPECT_THROW(postgres_literal(std::string("a\0b", 3)), Error);
}

TEST(PostgresEncode, NamesAreQuotedWhereTheyMustBe) {
  const std::pair<const char*, const char*> cases[] = {{"users", "users"},       {"_x1", "_x1"},
                                                       {"User", "\"User\""},     {"user", "\"user\""},
                                                       {"1a", "\"1a\""},         {"a b", "\"a b\""},
                                                       {"a\"b", "\"a\"\"b\""},   {"\xc3\xa9", "\"\xc3\xa9\""},
                                                       {"select", "\"select\""}, {"xmltable", "\"xmltable\""},
                                                       {"all", "\"all\""}};
  for (const auto& [name, quoted] : cases) EXPECT_EQ(postgres_ident(name), quoted);
  EXPECT_THROW(postgres_ident(""), Error);
}

TEST(PostgresEncode, CopyFieldsEscapeWhatSeparates) {
  std::string line;
  for (const Value& value : {Value("a\tb\nc\\d\re"), Value(Null{}), Value("\\N"), Value(7), Value(true),
                             Value(Bytes{std::string("\0", 1)}), Value(Array{"x\\"})}) {
    append_copy_field(line, value);
    line += "|";
  }
  EXPECT_EQ(line, "a\\tb\\nc\\\\d\\re|\\N|\\\\N|7|t|\\\\x00|{\"x\\\\\\\\\"}|");
}

TEST(PostgresSql, ParametersAreInlinedOnlyWhereTheyAreParameters) {
  EXPECT_EQ(inline_parameters("SELECT $1, '$1', \"$1\", $x$ $1 $x$ -- $1\n, $2", {5, "it's"}),
            "SELECT '5', '$1', \"$1\", $x$ $1 $x$ -- $1\n, 'it''s'");
  EXPECT_EQ(inline_parameters("$10$2", {0, 1, 2, 3, 4, 5, 6, 7, 8, Null{}}), "NULL'1'");
  EXPECT_THROW(inline_parameters("SELECT $2", {1}), Error);
}

TEST(PostgresSql, OnlyAPureQueryIsReadThroughACursor) {
  const std::pair<const char*, bool> cases[] = {
      {"SELECT 1", true},
      {" -- note\n select 'insert into x'", true},
      {"VALUES (1)", true},
      {"TABLE users", true},
      {"WITH a AS (SELECT 1) SELECT * FROM a", true},
      {"SELECT * FROM t FOR UPDATE", true},
      {"SELECT * FROM t FOR NO KEY UPDATE", true},
      {"SELECT \"into\" FROM t", true},
      {"SELECT * INTO x FROM t", false},
      {"WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", false},
      {"INSERT INTO t VALUES (1) RETURNING id", false},
      {"SHOW work_mem", false},
      {"EXPLAIN SELECT 1", false},
      {"CALL p()", false},
      {"", false},
      {"SELECT 1;", true},
      {"SELECT 1 -- note", true},
      {"SELECT 'it''s; done'", true},
      {"SELECT 'unfinished", false},
      {"SELECT 1 /* unfinished", false},
      {"SELECT $a$ unfinished", false},
  };
  for (const auto& [sql, cursor] : cases) EXPECT_EQ(is_cursor_query(sql), cursor) << sql;
}

TEST(PostgresSql, BeginCarriesItsModesAndTimeouts) {
  EXPECT_EQ(begin_sql({}), "BEGIN");
  EXPECT_EQ(begin_sql({"Serializable", true, "3s", "0", true}),
            "BEGIN ISOLATION LEVEL serializable READ ONLY; SET LOCAL lock_timeout = '3s'; "
            "SET LOCAL statement_timeout = '0'");
  EXPECT_THROW(begin_sql({"chaos"}), Error);
}

TEST(PostgresSql, ATableMayNameItsSchema) {
  EXPECT_EQ(copy_in_sql("users", {"id", "order"}), "COPY users (id, \"order\") FROM STDIN");
  EXPECT_EQ(copy_in_sql("shop.Users", {}), "COPY shop.\"Users\" FROM STDIN");
  EXPECT_EQ(copy_in_sql("\"a.b\"", {}), "COPY \"a.b\" FROM STDIN");
}

}  // namespace
}  // namespace tide
