#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "schema/sqlite_layout.h"

namespace tide::test {
namespace {

// The text that a span of the layout covers; "(none)" where there is none.
std::string covered(const std::string& sql, const Json* span) {
  if (span == nullptr) return "(none)";
  const auto& ends = std::get<Json::List>(span->data);
  const auto begin = static_cast<std::size_t>(std::get<std::int64_t>(ends[0].data)) - 1;
  return sql.substr(begin, static_cast<std::size_t>(std::get<std::int64_t>(ends[1].data)) - begin);
}

struct Case {
  const char* column;
  const char* type;
  const char* not_null;
  const char* otherwise;
};

class ColumnLayoutTest : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Columns, ColumnLayoutTest,
                         testing::Values(Case{"a text", "text", "(none)", "(none)"}, Case{"a", "", "(none)", "(none)"},
                                         Case{"[odd a] numeric(10, 2) NOT NULL", "numeric(10, 2)", "NOT NULL",
                                              "(none)"},
                                         Case{"a double precision NULL", "double precision", "(none)", "(none)"},
                                         Case{"\"a\"\"b\" text not null ON CONFLICT IGNORE DEFAULT 'x, y'", "text",
                                              "not null ON CONFLICT IGNORE", "DEFAULT 'x, y'"},
                                         Case{"a integer DEFAULT -1 CHECK (a > 0)", "integer", "(none)", "DEFAULT -1"},
                                         Case{"a integer CONSTRAINT nn NOT NULL CONSTRAINT d DEFAULT (1 + f(2)) UNIQUE",
                                              "integer", "CONSTRAINT nn NOT NULL", "CONSTRAINT d DEFAULT (1 + f(2))"},
                                         Case{"a text /* why */ COLLATE nocase DEFAULT current_timestamp", "text",
                                              "(none)", "DEFAULT current_timestamp"},
                                         Case{"a DEFAULT 1 NOT NULL", "", "NOT NULL", "DEFAULT 1"}));

TEST_P(ColumnLayoutTest, FindsTypeNotNullAndDefault) {
  const std::string sql = std::string("CREATE TABLE t (z, ") + GetParam().column + ", CHECK (z > 1))";
  const Json layout = sqlite_layout(sql);
  const Json& column = std::get<Json::List>(layout.find("columns")->data).at(1);
  EXPECT_EQ(covered(sql, column.find("span")), GetParam().column);
  EXPECT_EQ(covered(sql, column.find("type")), GetParam().type);
  EXPECT_EQ(covered(sql, column.find("not_null")), GetParam().not_null);
  EXPECT_EQ(covered(sql, column.find("default")), GetParam().otherwise);
}

TEST(SqliteLayout, NameAndBody) {
  const std::string sql = "CREATE TABLE \"a (b\" ( x int ) STRICT";
  const Json layout = sqlite_layout(sql);
  EXPECT_EQ(covered(sql, layout.find("name")), "\"a (b\"");
  EXPECT_EQ(covered(sql, layout.find("body")), " x int ");
}

TEST(SqliteLayout, ConstraintsWithTheirNamesAndTheirColumn) {
  const std::string sql =
      "CREATE TABLE t (a int CONSTRAINT \"c 1\" REFERENCES u (b) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED "
      "UNIQUE, "
      "CONSTRAINT k PRIMARY KEY (a), CHECK (a > 0))";
  const Json layout = sqlite_layout(sql);
  const auto& constraints = std::get<Json::List>(layout.find("constraints")->data);
  ASSERT_EQ(constraints.size(), 4U);
  EXPECT_EQ(covered(sql, constraints[0].find("span")),
            "CONSTRAINT \"c 1\" REFERENCES u (b) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED");
  EXPECT_EQ(dump_json(*constraints[0].find("column")), "\"a\"");
  EXPECT_EQ(covered(sql, constraints[1].find("span")), "UNIQUE");
  EXPECT_EQ(covered(sql, constraints[2].find("span")), "CONSTRAINT k PRIMARY KEY (a)");
  EXPECT_EQ(constraints[2].find("column"), nullptr);
  EXPECT_EQ(covered(sql, constraints[3].find("span")), "CHECK (a > 0)");
  EXPECT_EQ(constraints[3].find("named"), nullptr);
}

}  // namespace
}  // namespace tide::test
