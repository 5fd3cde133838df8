#include "lint/lint.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "lint/judge.h"

namespace tide::test {
namespace {

LintUnit unit_of(std::vector<std::string> statements) {
  LintUnit unit;
  unit.name = "1 one";
  unit.file = "migrations/1_one.lua";
  for (std::string& sql : statements) unit.statements.push_back({std::move(sql), unit.file, 7, {}, {}});
  return unit;
}

std::string rules_of(const LintReport& report) {
  std::vector<std::string> rules;
  for (const Finding& finding : report.findings) rules.emplace_back(finding.rule->name);
  return join(rules, " ");
}

LintReport judged(const LintUnit& unit, const Facts& facts = {}, const LintOptions& options = {}) {
  return Linter({unit}).judge(facts, options);
}

struct TypeChange {
  const char* from;
  const char* to;
  bool same;
};

TEST(LintTypes, ThatNeedNoRewrite) {
  const TypeChange changes[] = {
      {"integer", "integer", true},
      {"integer", "bigint", false},
      {"character varying(10)", "character varying(20)", true},
      {"character varying(20)", "character varying(10)", false},
      {"character varying(20)", "character varying", true},
      {"character varying", "character varying(20)", false},
      {"character varying(20)", "text", true},
      {"text", "character varying", true},
      {"text", "character varying(20)", false},
      {"character(3)", "text", false},
      {"character(3)", "character(5)", false},
      {"numeric(10,2)", "numeric(12,2)", true},
      {"numeric(10,2)", "numeric(12,4)", false},
      {"numeric(10,2)", "numeric", true},
      {"numeric", "numeric(10,2)", false},
      {"timestamp(3) without time zone", "timestamp(6) without time zone", true},
      {"timestamp(6) without time zone", "timestamp(3) without time zone", false},
      {"timestamp without time zone", "timestamp with time zone", false},
      {"cidr", "inet", true},
      {"inet", "cidr", false},
      {"json", "jsonb", false},
      {"text[]", "text", false},
  };
  for (const TypeChange& change : changes)
    EXPECT_EQ(same_on_disk(change.from, change.to, false), change.same) << change.from << " -> " << change.to;
  EXPECT_TRUE(same_on_disk("timestamp without time zone", "timestamp with time zone", true));
}

TEST(Lint, PutsTheCaretOnTheCharacter) {
  const LintReport report = judged(unit_of({"/* 😀 ü */ DROP TABLE \"Größe\""}));
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].position, 22);
  EXPECT_EQ(report.findings[0].line, 7);
  EXPECT_EQ(report.findings[0].file, "migrations/1_one.lua");
}

TEST(Lint, FillsTheSafeWayWithTheNamesOfTheStatement) {
  const LintReport report = judged(unit_of({"CREATE UNIQUE INDEX \"I 1\" ON billing.\"Odd One\" (lower(a), b)"}));
  ASSERT_EQ(rules_of(report), "create-index");
  EXPECT_NE(report.findings[0].safe.find(
                "[[CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I 1\" ON billing.\"Odd One\" (lower(a), b)]]"),
            std::string::npos)
      << report.findings[0].safe;
}

TEST(Lint, SqlWithDoubledBracketsDoesNotEndTheLuaString) {
  const LintReport report = judged(unit_of({"CREATE INDEX i ON t ((a[b[1]]))"}));
  ASSERT_EQ(rules_of(report), "create-index");
  EXPECT_NE(report.findings[0].safe.find("[==[CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t ((a[b[1]]))]==]"),
            std::string::npos)
      << report.findings[0].safe;
}

TEST(Lint, AManyRowsOfTheDryRunAreADanger) {
  LintUnit unit = unit_of({"UPDATE users SET a = 1 WHERE b"});
  EXPECT_EQ(rules_of(judged(unit)), "");
  unit.statements[0].rows = 9999;
  EXPECT_EQ(rules_of(judged(unit)), "");
  unit.statements[0].rows = 10000;
  EXPECT_EQ(rules_of(judged(unit)), "large-change");
}

TEST(Lint, FewRowsOfTheDryRunAreNoBackfill) {
  LintUnit unit = unit_of({"ALTER TABLE users ADD COLUMN a int", "UPDATE users SET a = 1 WHERE b"});
  EXPECT_EQ(rules_of(judged(unit)), "backfill-with-ddl");
  unit.statements[1].rows = 12;
  EXPECT_EQ(rules_of(judged(unit)), "");
}

TEST(Lint, WhatOneMigrationMadeIsNewForTheNext) {
  const Linter linter({unit_of({"CREATE TABLE t (id bigint)"}), unit_of({"CREATE INDEX i ON t (id)"})});
  EXPECT_EQ(rules_of(linter.judge({}, {})), "");
}

TEST(Lint, OfADatabaseThatTookThemATableItDidNotHaveIsNew) {
  Facts facts;
  facts.known = true;
  EXPECT_EQ(rules_of(judged(unit_of({"CREATE INDEX i ON made_by_a_function (id)"}), facts, {true, 0})), "");
  EXPECT_EQ(rules_of(judged(unit_of({"CREATE INDEX i ON made_by_a_function (id)"}), facts, {false, 0})),
            "create-index");
}

TEST(Lint, SilencesByNameAndSaysWhatIsSilencedInVain) {
  LintUnit unit = unit_of({"ALTER TABLE users DROP COLUMN a", "DROP TABLE users"});
  unit.silences = {{"drop-column", "not read since release 41", 3}, {"truncate", "long gone", 4}};
  const LintReport report = judged(unit);
  ASSERT_EQ(rules_of(report), "drop-column drop-table unused-silence");
  EXPECT_EQ(report.findings[0].silenced, "not read since release 41");
  EXPECT_EQ(report.findings[2].line, 4);
  EXPECT_EQ(report.count(Severity::kDanger), 1);
  EXPECT_EQ(report.count(Severity::kAdvice), 1);
  EXPECT_EQ(report.silenced(), 1);
}

TEST(Lint, OfAMigrationThatFailedItIsNotSaidWhatIsMissing) {
  LintUnit unit = unit_of({"CREATE TABLE t (user_id bigint REFERENCES users)"});
  unit.silences = {{"truncate", "it stands below", 4}};
  EXPECT_EQ(rules_of(judged(unit)), "foreign-key-index unused-silence");
  unit.complete = false;
  EXPECT_EQ(rules_of(judged(unit)), "");
}

TEST(Lint, SetLocalNeedsATransaction) {
  LintUnit unit = unit_of({"SET LOCAL statement_timeout = '1min'"});
  EXPECT_EQ(rules_of(judged(unit)), "");
  unit.transaction = false;
  EXPECT_EQ(rules_of(judged(unit)), "set-local-without-transaction");
  EXPECT_EQ(rules_of(judged(unit_of({"BEGIN", "SET LOCAL statement_timeout = '1min'", "COMMIT"}))), "");
}

TEST(Lint, ASilenceHoldsForItsOwnMigration) {
  LintUnit one = unit_of({"DROP TABLE a"}), two = unit_of({"DROP TABLE b"});
  one.silences = {{"drop-table", "why", 0}};
  two.name = "2 two";
  EXPECT_EQ(Linter({one, two}).judge({}, {}).count(Severity::kDanger), 1);
}

TEST(Lint, ALockTimeoutThatTheMigrationSwitchedOffIsADangerOnTablesInUse) {
  LintUnit unit = unit_of({"CREATE TABLE t (id bigint)"});
  unit.lock_timeout = false;
  EXPECT_EQ(rules_of(judged(unit)), "");
  unit.statements[0].sql = "ALTER TABLE users ADD COLUMN a int";
  EXPECT_EQ(rules_of(judged(unit)), "no-lock-timeout");
}

TEST(Lint, GoesOnBehindWhatItCannotRead) {
  const LintReport report =
      judged(unit_of({"FROBNICATE users", std::string("SELECT '\0'", 10), "DROP TABLE users", ""}));
  EXPECT_EQ(rules_of(report), "not-parsed not-parsed drop-table");
  EXPECT_EQ(report.findings[0].position, 1);
}

TEST(Lint, WhatNobodyHasTakenYetMustBeRead) {
  EXPECT_EQ(judged(unit_of({"FROBNICATE users"})).count(Severity::kDanger), 1);
  EXPECT_EQ(judged(unit_of({"FROBNICATE users"}), {}, {true, 0}).count(Severity::kDanger), 0);
}

TEST(Lint, ReadsDeepAndLargeStatements) {
  std::string deep = "SELECT 1", large = "INSERT INTO t VALUES (1, 'x')";
  for (int i = 0; i < 2000; ++i) deep += " || 1";
  while (large.size() < 1000000) large += ", (12345678, 'a text of some length, as they are')";
  EXPECT_EQ(rules_of(judged(unit_of({deep, large, "DROP TABLE users"}))), "not-parsed drop-table");
}

TEST(Silences, NameARuleAndSayWhy) {
  EXPECT_EQ(wrong_silence({"drop-column", "why", 0}), "");
  EXPECT_EQ(wrong_silence({"drop-colum", "why", 0}),
            "there is no lint rule 'drop-colum' (did you mean 'drop-column'?)");
  EXPECT_EQ(wrong_silence({"frobnicate", "why", 0}), "there is no lint rule 'frobnicate'");
  EXPECT_EQ(wrong_silence({"drop-column", " ", 0}), "the silence of 'drop-column' has no reason");
}

}  // namespace
}  // namespace tide::test
