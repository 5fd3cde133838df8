// Migrations that are described with schema.migration, through the product.

#include "cli/project.h"

namespace tide::test {
namespace {

class SchemaMigrationTest : public testing::TestWithParam<Engine> {
 protected:
  void migration(const std::string& change, const std::string& fields = "") const {
    project.write("migrations/0002_change.lua",
                  "return schema.migration {\n" + fields + "  change = function(s)\n" + change + "\n  end,\n}\n");
  }
  void SetUp() override {
    project.write("migrations/0001_users.lua", R"(
      return schema.migration {
        change = function(s)
          s:create_table("users", { { "id", "id" }, { "email", "text" } })
          s:create_table("notes", { { "id", "id" }, { "user_id", "bigint", references = "users", on_delete = "cascade" } })
        end,
      })");
    ASSERT_TRUE(exits(project.tide({"up"}), 0));
    project.value("INSERT INTO users (id, email) VALUES (1, 'ana')");
    project.value("INSERT INTO notes (user_id) VALUES (1)");
  }

  Project project{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, SchemaMigrationTest, testing::Values(Engine::kSqlite, Engine::kPostgres),
                         [](const auto& parameter) {
                           return std::string(parameter.param == Engine::kSqlite ? "Sqlite" : "Postgres");
                         });

TEST_P(SchemaMigrationTest, UpAndDownKeepTheRowsOfOthers) {
  migration(R"(    s:alter_column("users", "email", { not_null = true, default = "", was = { default = null } })
    s:add_column("users", "code", "text", { unique = true }))");
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM notes"), "1");
  ASSERT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM notes"), "1");
  EXPECT_EQ(project.applied(), "0001");
  ASSERT_TRUE(exits(project.tide({"drift"}), 0));
}

TEST_P(SchemaMigrationTest, WithoutAWayBackItStopsBeforeAnythingRuns) {
  migration("    s:add_column('users', 'x', 'text')\n    s:drop_column('users', 'email')");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "drop_column users does not know its way back: add { was = "));
  EXPECT_TRUE(contains(outcome.err, "migrations/0002_change.lua:4"));
  EXPECT_EQ(project.applied(), "0001");
}

TEST_P(SchemaMigrationTest, AFailureNamesTheLineOfTheOperation) {
  migration("    s:add_column('users', 'x', 'text')\n    s:add_column('userz', 'y', 'text')");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "migrations/0002_change.lua:4"));
  EXPECT_TRUE(contains(outcome.err, "s:add_column('userz', 'y', 'text')"));
  EXPECT_TRUE(contains(outcome.err, "rolled back"));
}

TEST_P(SchemaMigrationTest, AnExpectationThatDoesNotHoldEndsWithFour) {
  project.write("migrations/0002_change.lua", R"(
    local facts = require "tide.facts"
    return {
      up = function(db)
        local before = facts.take(db)
        db:execute "DELETE FROM notes"
        facts.compare(before, facts.take(db))
      end,
    })");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "rows.notes: expected unchanged, found 1 before and 0 after"));
  EXPECT_EQ(project.value("SELECT count(*) FROM notes"), "1");
}

TEST_P(SchemaMigrationTest, ThePlanShowsWhatIsSent) {
  migration(R"(    s:add_index("users", "email", { concurrently = true })
    s:alter_column("users", "email", { not_null = true }))",
            "  transaction = false,\n");
  const Outcome plan = project.tide({"plan", "--sql"});
  ASSERT_TRUE(exits(plan, 0));
  const bool postgres = GetParam() == Engine::kPostgres;
  EXPECT_TRUE(
      contains(plan.out, postgres ? "CREATE INDEX CONCURRENTLY users_email_idx" : "CREATE INDEX users_email_idx"));
  EXPECT_TRUE(contains(plan.out, postgres ? "CHECK (email IS NOT NULL) NOT VALID" : "CREATE TABLE tide_new_users"));
  EXPECT_EQ(plan.out.find("pragma_table_list"), std::string::npos);
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM notes"), "1");
  ASSERT_TRUE(exits(project.tide({"down"}), 0));
}

TEST_P(SchemaMigrationTest, ConcurrentlyInATransactionSaysWhatToWrite) {
  migration("    s:add_index('users', 'email', { concurrently = true })");
  const Outcome outcome = project.tide({"up"});
  if (GetParam() == Engine::kSqlite) {  // has one writer, and nobody to be gentle to
    EXPECT_TRUE(exits(outcome, 0));
    return;
  }
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "give the migration transaction = false"));
  EXPECT_EQ(project.applied(), "0001");
}

}  // namespace
}  // namespace tide::test
