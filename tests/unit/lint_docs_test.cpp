#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"
#include "lint/rules.h"
#include "sys/files.h"

// The rules in docs/lint.md are written from the table. TIDE_UPDATE_DOCS=1 writes them anew.
namespace tide::test {
namespace {

constexpr const char* kBegin = "<!-- the rules: written from host/lint/rules.cpp -->\n";

const RuleValues kExample = {
    {"table", "users"},
    {"bare", "users"},
    {"schema", "public"},
    {"column", "email"},
    {"columns", "email"},
    {"index", "users_email_idx"},
    {"constraint", "users_email_check"},
    {"type", "text"},
    {"default", "''"},
    {"other", "people"},
    {"kind", "TABLE"},
    {"size", "20"},
    {"setting", "search_path = billing"},
    {"value", "1"},
    {"privileges", "SELECT"},
    {"assignments", "plan = 'free'"},
    {"condition", "plan IS NULL"},
};

// The statement that stands in the safe way of a rule.
const RuleValues kStatements = {
    {"create-index", "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email)"},
    {"concurrently-in-transaction", "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email)"},
    {"reindex", "REINDEX TABLE CONCURRENTLY users"},
    {"add-check", "ALTER TABLE users ADD CONSTRAINT users_email_check CHECK (email <> '') NOT VALID"},
    {"add-foreign-key",
     "ALTER TABLE users ADD CONSTRAINT users_email_check FOREIGN KEY (email) REFERENCES people NOT VALID"},
    {"attach-partition", "ALTER TABLE users ATTACH PARTITION people FOR VALUES IN ('a')"},
    {"cascade", "DROP TABLE users"},
    {"not-repeatable", "ALTER TABLE users ADD COLUMN IF NOT EXISTS plan text"},
};

RuleValues example_of(const Rule& rule) {
  RuleValues values = kExample;
  if (const auto statement = kStatements.find(rule.name); statement != kStatements.end())
    values["statement"] = statement->second;
  if (std::string(rule.name) == "add-unique") values["kind"] = "UNIQUE";
  if (std::string(rule.name) == "enum-value-in-transaction") values = {{"table", "mood"}, {"value", "'angry'"}};
  return values;
}

std::string section(const Rule& rule) {
  const RuleValues values = example_of(rule);
  return cat("### ", rule.name, "\n\n", rule.catches, ". ", rule.severity == Severity::kDanger ? "Danger" : "Advice",
             rule.by_size ? ", advice on a small table" : "", ".\n\n", fill_in(rule.what, values), "\n\n```lua\n",
             safe_way(rule, values), "\n```\n\n");
}

std::string rules_text() {
  std::string list = "| rule | catches | |\n|---|---|---|\n", sections;
  for (const Rule& rule : lint_rules()) {
    list += cat("| [", rule.name, "](#", rule.name, ") | ", rule.catches, " | ", severity_name(rule.severity), " |\n");
    sections += section(rule);
  }
  return cat(list, "\n", sections.substr(0, sections.size() - 1));
}

TEST(LintDocs, SayWhatTheTableOfRulesSays) {
  const std::string path = std::string(TIDE_SOURCE_DIR) + "/docs/lint.md";
  const std::string page = read_file(path);
  const std::size_t at = page.find(kBegin);
  ASSERT_NE(at, std::string::npos) << "docs/lint.md has no line " << kBegin;
  const std::string wanted = page.substr(0, at) + kBegin + "\n" + rules_text();
  if (std::getenv("TIDE_UPDATE_DOCS") != nullptr) write_file(path, wanted);
  EXPECT_EQ(read_file(path), wanted) << "TIDE_UPDATE_DOCS=1 unit_tests --gtest_filter='LintDocs*' writes it anew";
}

// What is left of a placeholder would be a hole in what people paste.
TEST(LintDocs, EveryPlaceOfASafeWayIsFilled) {
  for (const Rule& rule : lint_rules()) {
    const std::string safe = safe_way(rule, {});
    for (std::size_t at = safe.find('{'); at != std::string::npos; at = safe.find('{', at + 1)) {
      const std::string word = safe.substr(at + 1, safe.find('}', at) - at - 1);
      EXPECT_NE(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), std::string::npos) << rule.name << ": " << word;
    }
  }
}

}  // namespace
}  // namespace tide::test
