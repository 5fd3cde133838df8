#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class DriftTest : public OnEngine {
 protected:
  DriftTest() {
    project.write("migrations/1_users.lua",
                  sql_migration("CREATE TABLE users (id integer PRIMARY KEY, phone text)", "DROP TABLE users"));
    project.write("migrations/2_more.sql",
                  "-- tide:up\nCREATE TABLE more (n integer);\n-- tide:down\nDROP TABLE more;\n");
    project.tide({"up"});
  }

  // Past tide, as somebody would at night.
  void by_hand(const std::string& sql) const { project.value(sql); }
  std::string scratch_databases() const {
    if (!project.on_postgres()) return "0";
    return shared_cluster().value("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_%'");
  }
};
TIDE_ON_BOTH_ENGINES(DriftTest);

TEST_P(DriftTest, ThereIsNoneAfterUpAndNoScratchDatabaseIsLeft) {
  const Outcome outcome = project.tide({"drift"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "dev and its history have the same schema"));
  EXPECT_EQ(scratch_databases(), "0");
}

TEST_P(DriftTest, IsWhatSomebodyDidByHand) {
  by_hand("ALTER TABLE users ADD COLUMN night integer");
  const Outcome outcome = project.tide({"drift"});
  EXPECT_TRUE(exits(outcome, 5));
  EXPECT_EQ(outcome.out, "table users: column night (integer) is only in dev\n");
}

TEST_P(DriftTest, IsFoundFromTheHistoryWithoutTheFiles) {
  project.remove("migrations");
  by_hand("DROP TABLE more");
  const Outcome outcome = project.tide({"drift"});
  EXPECT_TRUE(exits(outcome, 5));
  EXPECT_EQ(outcome.out, "table more is only in its history\n");
}

TEST_P(DriftTest, IsUndoneByTheMigrationThatIsWrittenForIt) {
  by_hand("ALTER TABLE users ADD COLUMN night integer");
  EXPECT_TRUE(exits(project.tide({"drift", "--write", "undo night"}), 5));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"drift"}), 0));
}

TEST_P(DriftTest, DoesNothingThatAScriptDoesElsewhere) {
  project.write("migrations/3_effect.lua",
                lua_migration("db:execute 'CREATE TABLE third (n integer)' fs.append('done.txt', 'once ')"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.read("done.txt"), "once ");
  EXPECT_TRUE(exits(project.tide({"drift"}), 0));
  EXPECT_EQ(project.read("done.txt"), "once ");
}

TEST_P(DriftTest, NamesTheMigrationThatCannotBeReplayedAndLeavesNoDatabase) {
  project.write("migrations/3_data.lua",
                lua_migration("if db:value 'SELECT count(*) FROM more' == 0 then error 'nothing to change' end "
                              "db:execute 'CREATE TABLE third (n integer)'"));
  by_hand("INSERT INTO more VALUES (1)");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  const Outcome outcome = project.tide({"drift"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "nothing to change"));
  EXPECT_TRUE(contains(outcome.err, "3 data (replayed)"));
  EXPECT_EQ(scratch_databases(), "0");
}

TEST_P(DriftTest, OfADatabaseWithoutHistorySaysSo) {
  Project fresh(GetParam());
  fresh.write("tide.toml", "[env.dev]\nurl = \"" + fresh.url() + "\"\n");
  if (!fresh.on_postgres()) fresh.value("SELECT 1");
  const Outcome outcome = fresh.tide({"--url", fresh.on_postgres() ? fresh.url() : "sqlite:new.db?mode=rwc", "drift"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
}

TEST(Drift, WithoutTheRightToMakeADatabaseSaysWhatWouldHelp) {
  const Project project(Engine::kPostgres);
  project.write("migrations/1_a.lua", creates("a"));
  project.tide({"up"});
  project.value("DROP ROLE IF EXISTS drift_poor");
  project.value("CREATE ROLE drift_poor LOGIN");
  project.value("GRANT USAGE ON SCHEMA tide TO drift_poor");
  project.value("GRANT SELECT ON ALL TABLES IN SCHEMA tide TO drift_poor");
  std::string url = project.url();
  url.replace(url.find("postgres@"), 9, "drift_poor@");
  const Outcome outcome = project.tide({"--url", url, "drift"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "ALTER ROLE drift_poor CREATEDB"));
}

}  // namespace
}  // namespace tide::test
