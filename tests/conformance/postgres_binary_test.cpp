#include <cmath>
#include <cstring>

#include "support/databases.h"

namespace tide::test {
namespace {

// A stream's first rows come as text, and so does all that query() gives; what a stream gives after them comes in
// binary form where its types allow it. Both must be the same value.
constexpr int kRowsThatComeAsText = 64;
constexpr int kRandomValues = 4000;

struct Type {
  const char* name;
  const char* edges;   // SQL strings
  const char* random;  // SQL over the row's number n
  int since = 0;       // version of the server
};
void PrintTo(const Type& type, std::ostream* out) { *out << type.name; }

#define DIGITS "translate(md5(n::text), 'abcdef', '090019')"
#define SECONDS "secs => floor(random() * 86400) + round(random()::numeric, n % 7)::float8"
#define NEAR_OR_FAR                                                                            \
  "make_interval(days => CASE WHEN n % 2 = 0 THEN floor(random() * 100000)::int - 50000 ELSE " \
  "floor(random() * 109203528)::int - 2451545 END, " SECONDS ")"

const Type kTypes[] = {
    {"int2", "'-32768', '0', '32767'", "floor(random() * 65536) - 32768"},
    {"int4", "'-2147483648', '-1', '0', '2147483647'", "floor(random() * 4294967296) - 2147483648"},
    {"int8", "'-9223372036854775808', '-1', '0', '9223372036854775807'",
     "('x' || substr(md5(n::text), 1, 16))::bit(64)::int8"},
    {"oid", "'0', '4294967295'", "floor(random() * 4294967296)::int8"},
    {"tid", "'(0,0)', '(4294967295,65535)'", "('(' || n * 1000 || ',' || n || ')')"},
    {"xid", "'0', '4294967295'", "(n * 1000)::text"},
    {"bool", "'true', 'false'", "n % 3 = 0"},
    {"float4",
     "'-0', 'NaN', 'Infinity', '-Infinity', '3.4028235e38', '-3.4028235e38', '1e-45', '1.1754944e-38', '0.1', "
     "'33554448'",
     "(CASE WHEN n % 2 = 0 THEN 1 ELSE -1 END) * (CASE n % 3 WHEN 0 THEN (1 + random()) * 10.0::float8 ^ "
     "floor(random() * 82 - 44) WHEN 1 THEN 2.0::float8 ^ (n % 277 - 149) ELSE (8388608 + n) * 2.0::float8 ^ (n % 37) "
     "END)"},
    {"float8", "'-0', 'NaN', 'Infinity', '-Infinity', '1.7976931348623157e308', '5e-324', '0.1', '9007199254740993'",
     "(random() - 0.5) * 10.0::float8 ^ floor(random() * 600 - 300)"},
    {"text", "'', 'NULL', '\\x00', 'it''s', E'a\\nb\\t\\\\', 'ü€😀'", "repeat(chr(32 + n % 50000), n % 40)"},
    {"varchar(40)", "'', ' edge '", "left(md5(n::text), n % 33)"},
    {"char(7)", "'', 'ü', 'ab '", "left(md5(n::text), n % 8)"},
    {"name", "'', 'pg_class'", "left(md5(n::text), n % 33)"},
    {"json", "'{\"a\" : [1,2,  null]}', 'null', '\"\"'", "json_build_object('n', n, 'c', chr(160 + n))"},
    {"jsonb", "'{\"b\" : [1.50,2,  null]}', 'null', '\"\"', '[]'", "jsonb_build_object('n', n, 'c', chr(160 + n))"},
    {"xml",
     "'', '<a/>', 'text', '<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>', '<?xml version=\"1.0\" "
     "encoding=\"UTF-8\" standalone=\"yes\"?><a>ü</a>', '<?xml version=\"1.1\"?><a/>'",
     "('<a>' || n || '</a>')::xml"},
    {"uuid", "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'", "md5(n::text)::uuid"},
    {"bytea", "'', '\\x00', '\\x5c', '\\xff00ff'", "substr(decode(md5(n::text), 'hex'), 1, n % 17)"},
    {"date",
     "'infinity', '-infinity', '4714-11-24 BC', '0001-12-31 BC', '0001-01-01', '9999-12-31', '10000-01-01', "
     "'5874897-12-31', '1900-02-28', '2000-02-29', '0005-02-28 BC', '0005-03-01 BC'",
     "date '4714-11-24 BC' + floor(random() * CASE WHEN n % 2 = 0 THEN 4000000 ELSE 2147483493 END)::int"},
    {"time", "'00:00', '24:00', '23:59:59.999999', '00:00:00.000001'", "time '00:00' + make_interval(" SECONDS ")"},
    {"timestamp",
     "'infinity', '-infinity', '4714-11-24 BC', '0001-12-31 23:59:59.999999 BC', '0001-01-01', '9999-12-31 "
     "23:59:59.999999', '10000-01-01', '294276-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999', '2000-01-01'",
     "timestamp '2000-01-01' + " NEAR_OR_FAR},
    {"timestamptz",
     "'infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '0001-12-31 23:59:59.999999+00 BC', '1850-07-01 12:00+00', "
     "'294276-12-31 23:59:59.999999+00', '1999-12-31 23:59:59.999999+00', '2024-03-31 01:00+00'",
     "timestamptz '2000-01-01 00:00+00' + " NEAR_OR_FAR},
    {"numeric",
     "'NaN', '0', '0.000', '-0.5', '10000', '9999', '1e-16383', '1e131071', "
     "'-123456789012345678901234567890.000000', '0.00009999', '99999999.99999999'",
     "((CASE WHEN n % 2 = 0 THEN '-' ELSE '' END) || left(" DIGITS ", n % 33) || '0.' || left(reverse(" DIGITS
     "), n / 33 % 33) || '0')::numeric * (CASE n % 3 WHEN 0 THEN 1 ELSE ('1e' || n % 120 - 60)::numeric END)"},
    {"numeric(12,3)", "'0', '-1', '123456789.123'", "(random() - 0.5) * 1e8"},
    {"numeric", "'1'", "trunc((random() * 1e9)::numeric) / (1 + n % 97)"},
    {"numeric", "'Infinity', '-Infinity'", "n", 140000},
    {"interval", "'0', '-1 mon +2 days -03:04:05.6'", "make_interval(days => n % 40, " SECONDS ")"},
    {"timetz", "'00:00+00', '24:00:00-15:59'", "(time '00:00' + make_interval(" SECONDS "))::timetz"},
    {"\"char\"", "'', 'a'", "chr(33 + n % 90)::\"char\""},
    {"int4[]", "'{}', '{1,NULL}'", "ARRAY[n, -n]"},
    {"int4range", "'empty', '[1,)'", "int4range(n, 2 * n)"},
    {"inet", "'10.0.0.0/8', '::1'", "inet '10.0.0.0' + n"},
};

bool same_bits(double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }

// Tells -0 from 0, and takes NaN for itself.
bool same(const Value& a, const Value& b) {
  const auto* left = std::get_if<double>(&a.data);
  const auto* right = std::get_if<double>(&b.data);
  return left != nullptr && right != nullptr ? same_bits(*left, *right) : a == b;
}

class PostgresBinary : public PostgresTest {
 protected:
  // t (n, v): rows that come as text, then a NULL, the edges, and random values.
  void fill(const Type& type) {
    const std::string name = type.name;
    execute("SELECT setseed(0.5)");
    execute("DROP TABLE IF EXISTS t");
    execute("CREATE TABLE t (n integer, v " + name + ")");
    execute("INSERT INTO t SELECT n FROM generate_series(-999 - " + std::to_string(kRowsThatComeAsText) +
            ", -999) AS n");
    execute("INSERT INTO t SELECT i - 999, v::" + name + " FROM unnest(ARRAY[" + type.edges +
            "]) WITH ORDINALITY AS e(v, i)");
    execute("INSERT INTO t SELECT n, (" + std::string(type.random) + ")::" + name + " FROM generate_series(1, " +
            std::to_string(kRandomValues) + ") AS n");
  }
  void expect_stream_is_query(const std::string& select) {
    const std::vector<Row> text = rows(select);
    const auto cursor = db().stream(select);
    std::size_t at = 0;
    for (; cursor->next(); ++at) {
      ASSERT_LT(at, text.size());
      for (std::size_t i = 0; i < text[at].size(); ++i) {
        ASSERT_TRUE(same(held(*cursor, i), text[at][i])) << select << ", row " << at << ", column " << i;
      }
    }
    EXPECT_EQ(at, text.size());
  }
};

class PostgresBinaryTypes : public PostgresBinary, public testing::WithParamInterface<Type> {};
INSTANTIATE_TEST_SUITE_P(Of, PostgresBinaryTypes, testing::ValuesIn(kTypes));

TEST_P(PostgresBinaryTypes, are_read_the_same_by_stream_and_query) {
  if (db().info().version_number < GetParam().since) GTEST_SKIP() << "the server has no such values";
  execute("SET TIME ZONE 'UTC'");
  fill(GetParam());
  expect_stream_is_query("SELECT v FROM t ORDER BY n");
  expect_stream_is_query("SELECT v, n, v FROM t ORDER BY n");
}

TEST_F(PostgresBinary, comes_after_the_first_rows_so_that_floats_lose_nothing_whatever_the_session_prints) {
  execute("SET extra_float_digits = 0");
  const auto cursor = db().stream("SELECT 1 / 3.0::float8 FROM generate_series(1, 200)");
  for (int i = 1; i <= kRowsThatComeAsText; ++i) ASSERT_TRUE(cursor->next());
  EXPECT_EQ(held(*cursor, 0), Value(0.333333333333333));
  ASSERT_TRUE(cursor->next());
  EXPECT_EQ(held(*cursor, 0), Value(1.0 / 3));
}

TEST_F(PostgresBinary, is_not_asked_for_when_one_column_can_only_be_text) {
  execute("SET extra_float_digits = 0");
  const auto cursor = db().stream("SELECT 1 / 3.0::float8, ARRAY[n] FROM generate_series(1, 200) AS n");
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(cursor->next());
    ASSERT_EQ(row_of(*cursor), (Row{0.333333333333333, Array{i}}));
  }
}

TEST_F(PostgresBinary, domains_enums_and_composites_are_what_a_query_gives) {
  execute("CREATE DOMAIN age AS integer");
  execute("CREATE DOMAIN ages AS integer[]");
  execute("CREATE TYPE mood AS ENUM ('sad', 'so so')");
  expect_stream_is_query("SELECT n::age, NULL::age FROM generate_series(1, 300) AS n");
  expect_stream_is_query("SELECT n::age, ARRAY[n]::ages FROM generate_series(1, 300) AS n");
  expect_stream_is_query("SELECT n, 'so so'::mood FROM generate_series(1, 300) AS n");
  expect_stream_is_query("SELECT n, ROW(n, 'a b') FROM generate_series(1, 300) AS n");
}

TEST_F(PostgresBinary, follows_every_name_of_utc_and_every_other_zone) {
  execute(
      "CREATE TABLE t AS SELECT timestamptz '1840-01-01 00:00+00' + n * interval '7 days' AS v "
      "FROM generate_series(1, 12000) AS n");
  for (const char* zone : {"UTC",
                           "Etc/UTC",
                           "GMT",
                           "Etc/GMT",
                           "UCT",
                           "Etc/UCT",
                           "Universal",
                           "Etc/Universal",
                           "Zulu",
                           "Etc/Zulu",
                           "Greenwich",
                           "Etc/Greenwich",
                           "GMT0",
                           "Etc/GMT0",
                           "utc",
                           "Europe/London",
                           "Africa/Abidjan",
                           "Asia/Kolkata",
                           "America/New_York",
                           "+02",
                           "UTC+1"}) {
    // distributions leave old names of zones out of their time zone data
    const bool spelled = std::string_view(zone).find_first_of("+u") == 0 || std::string_view(zone) == "UTC+1";
    if (!spelled && rows(sql("SELECT 1 FROM pg_timezone_names WHERE name = $1", zone)).empty()) continue;
    execute(sql("SELECT set_config('TimeZone', $1, false)", zone));
    expect_stream_is_query("SELECT v, v::timestamp, v::date, v::time FROM t ORDER BY t.v");
  }
}

TEST_F(PostgresBinary, follows_the_encoding_and_the_style_of_dates_that_the_session_asks_for) {
  execute(
      "CREATE TABLE t AS SELECT n, timestamp '2000-01-01' + n * interval '1 day' AS v, "
      "'<?xml version=\"1.0\" standalone=\"yes\"?><a>ü</a>'::xml AS x FROM generate_series(1, 300) AS n");
  for (const char* setting : {"DateStyle = German", "DateStyle = 'SQL, DMY'", "DateStyle = 'ISO, YMD'",
                              "IntervalStyle = iso_8601", "client_encoding = LATIN1"}) {
    execute(std::string("SET ") + setting);
    expect_stream_is_query("SELECT v, v::date, v::time FROM t ORDER BY n");
    expect_stream_is_query("SELECT x, 'ü' FROM t ORDER BY n");
  }
}

// What was fetched before a setting changed keeps the old one, as it does where all is text.
TEST_F(PostgresBinary, sees_settings_that_change_inside_the_loop) {
  const char* select =
      "SELECT timestamptz '2024-01-01 00:00+00' + n * interval '1 s' FROM generate_series(1, 60000) AS n";
  execute("SET TIME ZONE 'Asia/Kolkata'");
  const std::vector<Row> kolkata = rows(select);
  execute("SET TIME ZONE 'UTC'");
  const std::vector<Row> utc = rows(select);
  const auto cursor = db().stream(select);
  std::size_t in_utc = 0;
  for (std::size_t i = 0; cursor->next(); ++i) {
    if (i == 100) execute("SET TIME ZONE 'Asia/Kolkata'");
    const Value value = held(*cursor, 0);
    in_utc += value == utc[i][0] ? 1 : 0;
    ASSERT_TRUE(value == kolkata[i][0] || (value == utc[i][0] && in_utc == i + 1)) << i;
  }
  EXPECT_GT(in_utc, 100U);
  EXPECT_LT(in_utc, 40000U);
}

}  // namespace
}  // namespace tide::test
