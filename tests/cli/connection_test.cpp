#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() { project.write("migrations/20250101000001_one.lua", creates("one")); }
  std::string url_with_user(const std::string& user) {
    std::string url = project.url();
    const auto from = url.find("://") + 3;
    return url.replace(from, url.find('@') - from, user);
  }
  Project project{Engine::kPostgres};
};

TEST_F(ConnectionTest, AServerThatIsDownIsNamedWithExitCodeThree) {
  for (const Args& args : {Args{"up"}, Args{"status"}, Args{"history"}}) {
    Args whole = args;
    whole.insert(whole.end(), {"--url", "postgres://me@127.0.0.1:1/shop"});
    const Outcome outcome = project.tide(whole);
    EXPECT_TRUE(exits(outcome, 3));
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(outcome.err, "127.0.0.1"));
    EXPECT_TRUE(contains(outcome.err, "1"));
  }
}

TEST_F(ConnectionTest, AHostThatDoesNotExistIsNamed) {
  const Outcome outcome = project.tide({"up", "--url", "postgres://me@no-such-host.invalid/shop"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "no-such-host.invalid"));
}

TEST_F(ConnectionTest, ADatabaseThatDoesNotExistIsNamed) {
  const Outcome outcome = project.tide({"up", "--url", shared_cluster().url("no_such_database")});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "no_such_database"));
}

TEST_F(ConnectionTest, AConnectionErrorIsInTheJson) {
  const Outcome outcome = project.tide({"up", "--json", "--url", "postgres://me@127.0.0.1:1/shop"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_EQ(parse_json(outcome.out)["error"].value("kind", ""), "connect");
}

TEST_F(ConnectionTest, AWrongPasswordIsSaidAndNotShown) {
  PgCluster locked({"right", {}});
  std::string url = locked.url();
  EXPECT_TRUE(exits(project.tide({"status", "--url", url}), 0));
  url.replace(url.find(":right@"), 7, ":wr0ng@");
  const Outcome outcome = project.tide({"up", "--url", url});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "password"));
  EXPECT_TRUE(contains(outcome.err, "postgres"));
  EXPECT_TRUE(lacks(outcome.all(), "wr0ng"));
  url.erase(url.find(":wr0ng"), 6);
  EXPECT_TRUE(exits(project.tide({"up", "--url", url}, {{"PGPASSWORD", "right"}}), 0));
}

TEST_F(ConnectionTest, ARoleThatMayNotCreateIsToldWhatItLacks) {
  project.value("DROP ROLE IF EXISTS limited");
  project.value("CREATE ROLE limited LOGIN");
  project.value("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  const Outcome outcome = project.tide({"up", "--url", url_with_user("limited")});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "permission denied"));
  EXPECT_EQ(project.tables(), "");
  project.value("DROP ROLE limited");
}

TEST_F(ConnectionTest, ARoleThatMayOnlyReadSeesTheStatus) {
  project.tide({"up"});
  project.value("DROP ROLE IF EXISTS reader");
  project.value("CREATE ROLE reader LOGIN");
  project.value("GRANT USAGE ON SCHEMA tide TO reader");
  project.value("GRANT SELECT ON ALL TABLES IN SCHEMA tide TO reader");
  const Outcome outcome = project.tide({"status", "--json", "--url", url_with_user("reader")});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["current"], "20250101000001");
  project.value("DROP OWNED BY reader");
  project.value("DROP ROLE reader");
}

TEST_F(ConnectionTest, AConnectionLostInsideAMigrationChangesNothingAndTheNextUpWorks) {
  project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE two (n integer)"
    db:execute "SELECT pg_terminate_backend(pg_backend_pid())"
    db:execute "CREATE TABLE three (n integer)")lua"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "20250101000002"));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
  project.write("migrations/20250101000002_two.lua", creates("two"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one two");
}

TEST_F(ConnectionTest, ALostConnectionCannotBeHiddenByAPcall) {
  project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE two (n integer)"
    pcall(db.execute, db, "SELECT pg_terminate_backend(pg_backend_pid())"))lua"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_F(ConnectionTest, AnErrorThatAPcallSwallowedDoesNotRecordTheMigrationAsApplied) {
  project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
    db:execute "CREATE TABLE two (n integer)"
    pcall(db.execute, db, "SELECT nothing_of_the_kind"))lua"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "20250101000002"));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_F(ConnectionTest, ALockTimeoutOfTheEnvironmentReachesTheServer) {
  project.write("tide.toml",
                "[env.dev]\nurl = \"" + project.url() + "\"\nlock_timeout = \"1234ms\"\nstatement_timeout = \"56s\"\n");
  project.write("migrations/20250101000002_two.lua", lua_migration(R"lua(
    error(db:value "SHOW lock_timeout" .. " " .. db:value "SHOW statement_timeout"))lua"));
  EXPECT_TRUE(contains(project.tide({"up"}).err, "1234ms 56s"));
}

}  // namespace
}  // namespace tide::test
