// What a migration leaves in its session is not met by the next one. PostgreSQL.

#include "cli/project.h"

namespace tide::test {
namespace {

struct Left {
  const char* name;
  const char* leave;     // statements of the first migration
  const char* expected;  // Lua: what the second one must find
};

const Left kLeft[] = {
    {"SearchPath", "SET search_path = pg_catalog", "db:value 'SHOW search_path' == '\"$user\", public'"},
    {"SearchPathByFunction", "SELECT set_config('search_path', 'pg_catalog', false)",
     "db:value 'SHOW search_path' == '\"$user\", public'"},
    {"Role", "SET ROLE pg_monitor", "db:value 'SELECT current_user' == 'postgres'"},
    {"SessionAuthorization", "SET SESSION AUTHORIZATION pg_monitor", "db:value 'SELECT session_user' == 'postgres'"},
    {"Setting", "SET work_mem = '7MB'", "db:value 'SHOW work_mem' ~= '7MB'"},
    {"CustomSetting", "SELECT set_config('app.tenant', 'seven', false)",
     "(db:value \"SELECT current_setting('app.tenant', true)\" or '') == ''"},
    {"TemporaryTable", "CREATE TEMPORARY TABLE scratch AS SELECT 1 AS n",
     "db:value \"SELECT to_regclass('scratch')\" == nil"},
    {"TemporaryView", "CREATE TEMPORARY VIEW scratch AS SELECT 1 AS n",
     "db:value \"SELECT to_regclass('scratch')\" == nil"},
    {"PreparedStatement", "PREPARE scratch AS SELECT 1", "db:value 'SELECT count(*) FROM pg_prepared_statements' == 0"},
    {"Cursor", "DECLARE scratch CURSOR WITH HOLD FOR SELECT 1", "db:value 'SELECT count(*) FROM pg_cursors' == 0"},
    {"Listen", "LISTEN scratch", "db:value 'SELECT count(*) FROM pg_listening_channels()' == 0"},
    {"AdvisoryLock", "SELECT pg_advisory_lock(7)",
     "db:value \"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()\" == 0"},
};

class SessionResetTest : public testing::TestWithParam<std::tuple<Left, bool>> {
 protected:
  void expect_gone(const std::string& fields) {
    const Left& left = std::get<0>(GetParam());
    project.write("migrations/1_first.lua",
                  "return { " + fields + "up = function(db) db:execute [==[" + left.leave + "]==] end }\n");
    project.write("migrations/2_second.lua",
                  std::string("return { up = function(db) assert(") + left.expected + ") end }\n");
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
    EXPECT_EQ(project.applied(), "1 2");
    EXPECT_EQ(project.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  }
  Project project{Engine::kPostgres};
};
INSTANTIATE_TEST_SUITE_P(Of, SessionResetTest, testing::Combine(testing::ValuesIn(kLeft), testing::Bool()),
                         [](const auto& parameter) {
                           return std::string(std::get<0>(parameter.param).name) +
                                  (std::get<1>(parameter.param) ? "InATransaction" : "WithoutATransaction");
                         });

TEST_P(SessionResetTest, IsNotMetByTheNextMigration) {
  expect_gone(std::get<1>(GetParam()) ? "" : "transaction = false, ");
}

class OpenTransactionTest : public testing::TestWithParam<const char*> {
 protected:
  Project project{Engine::kPostgres};
};
INSTANTIATE_TEST_SUITE_P(Begun, OpenTransactionTest, testing::Values("BEGIN", "START TRANSACTION READ ONLY"),
                         [](const auto& parameter) { return std::string(parameter.param).substr(0, 5); });

TEST_P(OpenTransactionTest, ThatAScriptBeganByHandAndLeftIsAnErrorThatNamesIt) {
  project.write("migrations/1_first.lua", std::string("return { transaction = false, up = function(db)\n") +
                                              "db:execute '" + GetParam() + "'\nend }\n");
  project.write("migrations/2_second.lua", creates("second"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "the script left a transaction open: it was rolled back"));
  EXPECT_TRUE(contains(outcome.err, "in 1 first (up)"));
  EXPECT_TRUE(contains(outcome.err, "migrations/1_first.lua"));
  EXPECT_EQ(project.tables(), "");
  EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "failed");
}

TEST_P(OpenTransactionTest, InASqlFileIsTheSame) {
  project.write("migrations/1_first.sql", "-- tide:no-transaction\n" + std::string(GetParam()) + ";\nSELECT 1;\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "the script left a transaction open"));
  EXPECT_TRUE(contains(outcome.err, "migrations/1_first.sql"));
}

TEST_P(OpenTransactionTest, IsRefusedInsideTheMigrationsOwn) {
  project.write("migrations/1_first.sql", std::string(GetParam()) + ";\nCREATE TABLE first (n integer);\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "the migration runs in its own transaction: take this statement out"));
  EXPECT_TRUE(contains(outcome.err, "migrations/1_first.sql"));
  EXPECT_EQ(project.tables(), "");
}

class RoleTest : public testing::Test {
 protected:
  RoleTest() { project.value("CREATE ROLE app_" + suffix); }
  ~RoleTest() override { project.value("DROP OWNED BY app_" + suffix + "; DROP ROLE app_" + suffix); }
  Project project{Engine::kPostgres};
  std::string suffix = project.database();
};

TEST_F(RoleTest, AMigrationThatWorksAsAnotherRoleIsRecordedAsTheOneThatConnected) {
  project.value("GRANT CREATE ON SCHEMA public TO app_" + suffix);
  for (const char* local : {"", "LOCAL "}) {
    const std::string name = *local == '\0' ? "first" : "second";
    project.write("migrations/" + std::string(*local == '\0' ? "1_" : "2_") + name + ".sql",
                  "SET " + std::string(local) + "ROLE app_" + suffix + ";\nCREATE TABLE " + name + " (n integer);\n");
  }
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "1 2");
  EXPECT_EQ(project.value("SELECT count(*) FROM pg_tables WHERE tableowner = 'app_" + suffix + "'"), "2");
}

}  // namespace
}  // namespace tide::test
