#include <algorithm>
#include <filesystem>

#include "cli/project.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

const char* const kProductionTables =
    "api_keys audit_log bank_accounts dispute_messages disputes escrows exchange_rates fee_schedules kyc_checks "
    "ledger_entries notifications payment_events payments sessions users webhook_deliveries webhooks";
const char* const kLastOfProduction = "20250820110000";

// The project in the root folder: its own migrations, against databases of the test's.
class ExampleTest : public OnEngine {
 protected:
  ExampleTest() {
    fs::copy(fs::path(TIDE_SOURCE_DIR) / "migrations", project.path("migrations"), fs::copy_options::recursive);
  }
  std::size_t table_count() {
    const std::string tables = project.tables();
    return tables.empty() ? 0 : static_cast<std::size_t>(std::count(tables.begin(), tables.end(), ' ')) + 1;
  }
  // Every column, index and constraint of the application, as text.
  std::string schema() {
    if (!project.on_postgres()) {
      return project.value(
          "SELECT group_concat(name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT name, sql FROM sqlite_master "
          "WHERE tbl_name NOT GLOB 'tide_*' AND tbl_name NOT GLOB 'sqlite_*' ORDER BY name)");
    }
    return project.value(
               "SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, column_default), E'\\n' "
               "ORDER BY table_name, ordinal_position) FROM information_schema.columns WHERE table_schema = 'public'") +
           project.value(
               "SELECT string_agg(indexdef, E'\\n' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'") +
           project.value(
               "SELECT string_agg(conrelid::regclass || pg_get_constraintdef(oid), E'\\n' ORDER BY "
               "conrelid::regclass::text, conname) "
               "FROM pg_constraint WHERE connamespace = 'public'::regnamespace");
  }
};
TIDE_ON_BOTH_ENGINES(ExampleTest);

TEST_P(ExampleTest, BuildsSeventeenTablesThenNineMore) {
  EXPECT_TRUE(exits(project.tide({"up", kLastOfProduction}), 0));
  EXPECT_EQ(project.tables(), kProductionTables);
  EXPECT_EQ(table_count(), 17u);
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(table_count(), 26u);
  EXPECT_TRUE(exits(project.tide({"verify"}), 0));
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 0));
}

TEST_P(ExampleTest, RevertsCompletelyAndComesUpAgainAsItWas) {
  const std::string start = schema();
  EXPECT_TRUE(exits(project.tide({"up", kLastOfProduction}), 0));
  const std::string production = schema();
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  const std::string whole = schema();
  EXPECT_NE(whole, production);
  EXPECT_TRUE(exits(project.tide({"down", "--to", kLastOfProduction}), 0));
  EXPECT_EQ(schema(), production);
  EXPECT_TRUE(exits(project.tide({"down", "--to", "0"}), 0));
  EXPECT_EQ(schema(), start);
  EXPECT_EQ(table_count(), 0u);
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(schema(), whole);
}

TEST_P(ExampleTest, EveryMigrationCanBeRedone) {
  while (project.json({"status"})["pending"].size() > 0) {
    ASSERT_TRUE(exits(project.tide({"up", "-n", "1"}), 0));
    const std::string before = schema();
    ASSERT_TRUE(exits(project.tide({"redo"}), 0));
    ASSERT_EQ(schema(), before);
  }
}

TEST_P(ExampleTest, NormalisesPhonesAndAssignsRolesWhereTheConditionHolds) {
  project.tide({"up"});
  const auto user = [&](const std::string& column, const std::string& name) {
    return project.value("SELECT " + column + " FROM users WHERE email = '" + name + "@kustodia.test'");
  };
  EXPECT_EQ(user("phone", "ana"), "+525512345678");
  EXPECT_EQ(user("phone", "carol"), "+14155550132");
  EXPECT_EQ(user("phone", "dieter"), "+4930901820");
  EXPECT_EQ(user("phone", "elena"), "");
  EXPECT_EQ(user("role", "ana"), "customer");
  EXPECT_EQ(user("role", "bruno"), "seller");
  EXPECT_EQ(user("portal_share * 10000 = 250", "bruno"), project.on_postgres() ? "t" : "1");
  EXPECT_EQ(user("portal_share = 0", "dieter"), project.on_postgres() ? "t" : "1");
}

TEST_P(ExampleTest, LeavesTheRowsOfADatabaseThatHasUsersAlone) {
  project.tide({"up", "20250617083000"});
  project.value(
      "INSERT INTO users (email, full_name, phone, country) VALUES ('x@real.test', 'X', '030 901820', 'DE') RETURNING "
      "id");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM users"), "1");
  EXPECT_EQ(project.value("SELECT phone FROM users"), "+4930901820");
  EXPECT_TRUE(exits(project.tide({"down", "--to", "20250617083000"}), 0));
  EXPECT_EQ(project.value("SELECT phone FROM users"), "030 901820");
}

TEST_P(ExampleTest, CanBePlannedWithoutLeavingATrace) {
  const Outcome outcome = project.tide({"plan", "--sql"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "CREATE TABLE yield_payouts"));
  EXPECT_EQ(project.tables(), "");
}

TEST(RootProjectTest, IsOneCommandAway) {
  const Project elsewhere;
  fs::copy(fs::path(TIDE_SOURCE_DIR) / "tide.toml", elsewhere.path("tide.toml"), fs::copy_options::overwrite_existing);
  fs::copy(fs::path(TIDE_SOURCE_DIR) / "migrations", elsewhere.path("migrations"), fs::copy_options::recursive);
  EXPECT_TRUE(exits(elsewhere.tide({"up"}), 0));
  EXPECT_TRUE(elsewhere.has("tide.db"));
  EXPECT_EQ(elsewhere.json({"status"}).value("environment", ""), "dev");
}

}  // namespace
}  // namespace tide::test
