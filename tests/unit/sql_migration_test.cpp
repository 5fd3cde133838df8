#include "migrate/sql_migration.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

std::string show(const SqlPart& part) { return cat(part.line, part.transaction ? "" : " outside", ": ", part.text); }

std::string show(const SqlMigration& migration) {
  return cat("up ", show(migration.up), migration.down ? cat("|down ", show(*migration.down)) : "");
}

template <class Parse>
std::string outcome(Parse parse) {
  try {
    return show(parse());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_TRUE(starts_with(error.message, cat(error.file, ":", error.line, ": "))) << error.message;
    return error.message;
  }
}

struct Case {
  const char* what;
  std::string text;
  std::string expected;
};

class SqlFile : public testing::TestWithParam<Case> {};

TEST_P(SqlFile, has_the_parts_its_markers_say) {
  const Case& c = GetParam();
  EXPECT_EQ(outcome([&] { return parse_sql(c.text, "1_a.sql"); }), c.expected) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    parts, SqlFile,
    testing::Values(
        Case{"no marker", "SELECT 1;\n", "up 1: SELECT 1;\n"},
        Case{"two parts", "-- tide:up\nA;\n-- tide:down\nB;\n", "up 2: A;\n|down 4: B;\n"},
        Case{"down first", "-- tide:down\nB\n-- tide:up\nA", "up 4: A|down 2: B\n"},
        Case{"up alone", "-- licence\n/* of\n many lines */\n\n-- tide:up\nA;", "up 6: A;"},
        Case{"spelling", "  --   TIDE:Up  \r\nA;\r\n\t--tide: down\r\nB;", "up 2: A;\r\n|down 4: B;"},
        Case{"byte order mark", "\xEF\xBB\xBF-- tide:up\nA;", "up 2: A;"},
        Case{"byte order mark without markers",
             "\xEF\xBB\xBF"
             "A;",
             "up 1: A;"},
        Case{"a down of comments only is none", "-- tide:up\nA;\n-- tide:down\n-- nothing\n;\n", "up 2: A;\n"},
        Case{"a marker inside a line is text", "SELECT '-- tide:down';", "up 1: SELECT '-- tide:down';"},
        Case{"no transaction at all", "-- why\n-- tide:no-transaction\nA;",
             "up 1 outside: -- why\n-- tide:no-transaction\nA;"},
        Case{"no transaction for both parts", "-- tide:no-transaction\n-- tide:up\nA;\n-- tide:down\nB;",
             "up 3 outside: A;\n|down 5 outside: B;"},
        Case{"no transaction for one part", "-- tide:up\nA;\n-- tide:down no-transaction\nB;",
             "up 2: A;\n|down 4 outside: B;"},
        Case{"no transaction below a marker", "-- tide:up\n/* big */\n-- Tide:No-Transaction\nA;\n-- tide:down\nB;",
             "up 2 outside: /* big */\n-- Tide:No-Transaction\nA;\n|down 6: B;"}));

INSTANTIATE_TEST_SUITE_P(
    errors, SqlFile,
    testing::Values(
        Case{"two ups", "-- tide:up\nA;\n-- tide:up\nB;", "1_a.sql:3: a second -- tide:up; the first is in line 1"},
        Case{"two downs", "-- tide:up\nA;\n-- tide:down\n-- tide:down\n",
             "1_a.sql:4: a second -- tide:down; the first is in line 3"},
        Case{"down alone", "\n-- tide:down\nB;", "1_a.sql:2: -- tide:down without -- tide:up"},
        Case{"SQL above", "A;\n-- tide:up\nB;", "1_a.sql:2: there is SQL above the first marker, -- tide:up"},
        Case{"unknown word", "-- tide:upp\nA;",
             "1_a.sql:1: \"tide:upp\" is none of tide:up, tide:down, tide:no-transaction, tide:lint"},
        Case{"a silence of no rule", "-- tide:lint drop-colum: why\nSELECT 1;",
             "1_a.sql:1: there is no lint rule 'drop-colum' (did you mean 'drop-column'?); write -- tide:lint RULE: "
             "REASON"},
        Case{"a silence without a reason", "SELECT 1;\n-- tide:lint truncate\n",
             "1_a.sql:2: the silence of 'truncate' has no reason; write -- tide:lint RULE: REASON"},
        Case{"unknown argument", "-- tide:up transaction:false\nA;",
             "1_a.sql:1: \"transaction:false\" behind tide:up; only no-transaction may stand there"},
        Case{"late", "A;\n-- tide:no-transaction\n",
             "1_a.sql:2: -- tide:no-transaction must stand above the first statement"},
        Case{"comments only", "-- to do\n/* later */", "1_a.sql:1: there is no statement to apply"},
        Case{"empty up", "-- tide:up\n-- tide:down\nB;", "1_a.sql:2: there is no statement to apply"},
        Case{"dbmate", "-- migrate:up\nA;\n-- migrate:down\nB;",
             "1_a.sql:1: \"-- migrate:up\" is a marker of dbmate; write -- tide:up and -- tide:down, or both halves "
             "would "
             "be run as up"},
        Case{"goose", "\n-- +goose Up\nA;\n-- +goose Down\nB;",
             "1_a.sql:2: \"-- +goose Up\" is a marker of goose; write -- tide:up and -- tide:down, or both halves "
             "would be "
             "run as up"},
        Case{"node-pg-migrate", "-- Up Migration\nA;\n-- Down Migration\nB;",
             "1_a.sql:3: \"-- Down Migration\" is a marker of node-pg-migrate; write -- tide:up and -- tide:down, or "
             "both "
             "halves would be run as up"},
        Case{"tern", "A;\n---- create above / drop below ----\nB;",
             "1_a.sql:2: \"---- create above / drop below ----\" is a marker of tern; write -- tide:up and -- "
             "tide:down, or "
             "both halves would be run as up"}));

TEST(SqlFile, with_markers_of_ours_may_quote_those_of_others) {
  EXPECT_EQ(outcome([] { return parse_sql("-- tide:up\n-- migrate:up\nA;", "f"); }), "up 2: -- migrate:up\nA;");
}

TEST(SqlPair, each_file_is_a_direction) {
  auto pair = [](std::string up, std::string down) {
    return outcome([&] { return parse_sql_pair({std::move(up), std::move(down)}, "1_a.up.sql", "1_a.down.sql"); });
  };
  EXPECT_EQ(pair("A;", "B;"), "up 1: A;|down 1: B;");
  EXPECT_EQ(pair("A;", "-- tide:no-transaction\nB;"), "up 1: A;|down 1 outside: -- tide:no-transaction\nB;");
  EXPECT_EQ(pair("A;", "\n-- nothing\n"), "up 1: A;");
  EXPECT_EQ(pair("-- nothing", "B;"), "1_a.up.sql:1: there is no statement to apply");
  EXPECT_EQ(pair("A;", "\n-- tide:down\nB;"),
            "1_a.down.sql:2: -- tide:down in a file whose name already says its direction");
}

TEST(SqlSilences, BelongToThePartTheyStandIn) {
  const SqlMigration migration = parse_sql(
      "-- tide:lint truncate: both\n-- tide:up\n-- TIDE:LINT Drop-Column : Up Only\nSELECT 1;\n-- tide:down\nSELECT "
      "2;\n",
      "1_a.sql");
  ASSERT_EQ(migration.up.silences.size(), 2u);
  EXPECT_EQ(migration.up.silences[1].rule, "drop-column");
  EXPECT_EQ(migration.up.silences[1].reason, "Up Only");
  EXPECT_EQ(migration.up.silences[1].line, 3);
  ASSERT_EQ(migration.down->silences.size(), 1u);
  EXPECT_EQ(migration.down->silences[0].rule, "truncate");
}

}  // namespace
}  // namespace tide
