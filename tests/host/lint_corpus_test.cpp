#include "host/lint_corpus.h"

#include <gtest/gtest.h>

#include <lua.hpp>

#include "base/text.h"
#include "db/sql_scan.h"
#include "lint/lint.h"
#include "support/databases.h"

namespace tide::test {
namespace {

// Real catalogs: the statements are judged against them, not run.
class LintCorpus : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = new TestDatabase("postgres");
    connection_ = database_->connect().release();
    for (const SqlSpan& span : split_sql(kLintSchema, Dialect::kPostgres))
      connection_->execute(std::string(kLintSchema + span.begin, span.end - span.begin));
    connection_->execute("ANALYZE");
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete database_;
  }

  static LintReport report_of(const LintCase& tried, const LintOptions& options = {true, 0}) {
    LintUnit unit;
    unit.name = "unit";
    unit.transaction = tried.transaction;
    const std::string sql = tried.sql;
    for (const SqlSpan& span : split_sql(sql, Dialect::kPostgres)) {
      LintStatement statement;
      statement.sql = sql.substr(span.begin, span.end - span.begin);
      unit.statements.push_back(std::move(statement));
    }
    const Linter linter({unit});
    return linter.judge(read_facts(*connection_, linter.names()), options);
  }

  static std::string rules_of(const LintReport& report) {
    std::vector<std::string> rules;
    for (const Finding& finding : report.findings) rules.emplace_back(finding.rule->name);
    return join(rules, " ");
  }

  static TestDatabase* database_;
  static Connection* connection_;
};
TestDatabase* LintCorpus::database_ = nullptr;
Connection* LintCorpus::connection_ = nullptr;

TEST_F(LintCorpus, MissesNoDanger) {
  for (const LintCase& tried : kDangerous) {
    const LintReport report = report_of(tried);
    EXPECT_EQ(rules_of(report), tried.rules) << tried.sql;
    EXPECT_GT(report.count(Severity::kDanger), 0) << tried.sql;
  }
}

TEST_F(LintCorpus, AdvisesWhereNothingBreaks) {
  for (const LintCase& tried : kAdvised) {
    const LintReport report = report_of(tried);
    EXPECT_EQ(rules_of(report), tried.rules) << tried.sql;
    EXPECT_EQ(report.count(Severity::kDanger), 0) << tried.sql;
  }
}

TEST_F(LintCorpus, AccusesNothingHarmless) {
  for (const LintCase& tried : kHarmless) EXPECT_EQ(rules_of(report_of(tried)), tried.rules) << tried.sql;
}

TEST_F(LintCorpus, IsLargeAndTriesEveryRule) {
  EXPECT_GE(kDangerous.size(), 40u);
  EXPECT_GE(kHarmless.size(), 40u);
  std::set<std::string> seen = {"large-change", "unused-silence",
                                "set-local-without-transaction"};  // unit tests have them
  for (const auto* cases : {&kDangerous, &kAdvised}) {
    for (const LintCase& tried : *cases) {
      for (const std::string& rule : split(tried.rules, ' ')) seen.insert(rule);
    }
  }
  for (const std::string& rule : lint_rule_names()) EXPECT_TRUE(seen.count(rule) > 0) << rule << " is never tried";
}

// Where nobody could be asked, every table is one that is there.
TEST_F(LintCorpus, MissesNoDangerWithoutADatabase) {
  for (const LintCase& tried : kDangerous) {
    LintUnit unit;
    const std::string sql = tried.sql;
    unit.transaction = tried.transaction;
    for (const SqlSpan& span : split_sql(sql, Dialect::kPostgres))
      unit.statements.push_back({sql.substr(span.begin, span.end - span.begin), "", 0, {}, {}});
    EXPECT_GT(Linter({unit}).judge({}, {}).count(Severity::kDanger), 0) << sql;
  }
}

TEST_F(LintCorpus, OfASmallTableWhatTakesTimeIsAdvice) {
  const LintOptions small{true, 10000};
  EXPECT_EQ(report_of({"CREATE INDEX ON orders (user_id)", ""}, small).count(Severity::kDanger), 0);
  EXPECT_EQ(report_of({"CREATE INDEX ON orders (user_id)", ""}, {true, 100}).count(Severity::kDanger), 1);
  EXPECT_EQ(report_of({"DROP TABLE orders", ""}, small).count(Severity::kDanger), 1);
}

// The same table is full in another environment.
TEST_F(LintCorpus, ThatATableIsEmptyCountsWhereSizesDo) {
  const LintCase required = {"ALTER TABLE staging ADD COLUMN plan text NOT NULL", ""};
  EXPECT_EQ(rules_of(report_of(required)), "add-column-not-null");
  EXPECT_EQ(rules_of(report_of(required, {true, 10000})), "");
}

// As a script, or as what stands in a migration's table.
bool is_lua(const std::string& text) {
  lua_State* L = luaL_newstate();
  const bool loads =
      luaL_loadstring(L, text.c_str()) == 0 || luaL_loadstring(L, cat("return {\n", text, "\n}").c_str()) == 0;
  lua_close(L);
  return loads;
}

TEST_F(LintCorpus, WritesTheSafeWayAsLua) {
  for (const auto* cases : {&kDangerous, &kAdvised}) {
    for (const LintCase& tried : *cases) {
      for (const Finding& finding : report_of(tried).findings)
        EXPECT_TRUE(is_lua(finding.safe)) << tried.sql << "\n" << finding.safe;
    }
  }
}

TEST_F(LintCorpus, SaysHowLargeTheTableIs) {
  const LintReport report = report_of({"CREATE INDEX ON orders (user_id)", ""});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].fact.substr(0, 24), "orders: about 200 rows, ");
}

}  // namespace
}  // namespace tide::test
