// scripts/heroku_schema_rollout.lua, from its first step to the last, killed, failed, reverted and refused.

#include "runbooks/heroku_app.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr const char* kLastOfProduction = "20250820110000";
constexpr const char* kTemplate = "rollout_production";
constexpr const char* kApplied = "SELECT count(*) FROM tide.migrations WHERE state = 'applied'";

// Production as it is before: 17 tables with their rows, and the history that made them. Made once.
void prepare(HerokuApp& app) {
  static bool made = false;
  if (!made) {
    EXPECT_TRUE(exits(app.tide({"up", kLastOfProduction}), 0));
    app.seed("000.sql");
    shared_cluster().copy_database(app.database(), kTemplate);
    made = true;
  } else {
    shared_cluster().copy_database(kTemplate, app.database());
  }
}

class HerokuSchemaRollout : public testing::Test {
 protected:
  HerokuSchemaRollout() { begin(app, before); }

  static void begin(HerokuApp& app, std::string& before) {
    prepare(app);
    app.inputs(
        {"app=kustodia", "url=" + app.url(), "approved_by=Bob", "settle=50ms", "watch=100ms", "watch_every=50ms"});
    before = app.database_state();
  }
  // Of these kinds, that a whole run passes.
  static std::vector<std::string> points(const std::vector<std::string>& kinds) {
    HerokuApp other("heroku_schema_rollout", "migrations", "kustodia");
    std::string ignored;
    begin(other, ignored);
    const Outcome whole = other.run();
    EXPECT_TRUE(exits(whole, 0));
    return points_of(whole, kinds);
  }

  int tables() { return std::stoi(app.project().value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")); }
  void expect_open() {
    EXPECT_FALSE(app.in_maintenance());
    EXPECT_EQ(app.heroku()["formation"]["worker"][0], 2);
  }
  void expect_as_before() {
    expect_open();
    EXPECT_EQ(app.database_state(), before);
  }
  // Each effect is there, once.
  void expect_done() {
    expect_open();
    EXPECT_EQ(tables(), 26);
    EXPECT_EQ(app.project().value(kApplied), "11");
    EXPECT_EQ(app.heroku()["releases"][0]["description"].get<std::string>().substr(0, 6), "Deploy");
    EXPECT_EQ(app.heroku()["releases"].size(), 2u);
    EXPECT_EQ(app.heroku()["backups"].size(), 1u);
    EXPECT_EQ(parse_json(app.tide({"backup", "list", "--json"}).out)["backups"].size(), 1u);
  }
  void expect_refused(const std::vector<std::string>& parts, const Args& more = {}, const Env& env = {}) {
    test::expect_refused(app.run(more, env), parts);
    for (const char* command : {"maintenance:on", "pg:backups:capture", "releases:rollback", "pg:backups:restore"}) {
      EXPECT_EQ(app.calls(command), 0) << command;
    }
    EXPECT_EQ(app.project().value(kApplied), "5");
    EXPECT_FALSE(app.project().has("backups"));
  }

  HerokuApp app{"heroku_schema_rollout", "migrations", "kustodia"};
  std::string before;
};

TEST_F(HerokuSchemaRollout, TakesProductionFromSeventeenTablesToTwentySix) {
  EXPECT_EQ(tables(), 17);
  const Outcome outcome = app.run();
  EXPECT_TRUE(exits(outcome, 0));
  expect_done();
  for (const char* part : {"holds: All nine tables are there", "holds: A backup was made and proven by restoring it"}) {
    EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_TRUE(lacks(outcome.all(), "postgres@"));
  EXPECT_TRUE(contains(app.tide({"report", "last"}).out, "Bob"));
  EXPECT_TRUE(exits(app.tide({"report", "last", "--verify"}), 0));
}

TEST_F(HerokuSchemaRollout, ADryRunWalksItAndChangesNothing) {
  const Outcome outcome = app.run({"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "6.2 Maintenance off"));
  expect_as_before();
  EXPECT_EQ(app.calls("maintenance:on"), 0);
  EXPECT_FALSE(app.project().has("backups"));
}

TEST_F(HerokuSchemaRollout, KilledAtEveryBoundaryAndResumedItEndsAsIfNothingHadBeen) {
  app.kill_at_each(points({"when", "end", "held"}), [&](const Args& how) { return app.run(how); });
  expect_done();
}

TEST_F(HerokuSchemaRollout, KilledInTheMiddleOfAStepAndResumedItEndsAsIfNothingHadBeen) {
  app.insert("migrations/20250906200200_create_yield_tables.lua", "up = function(db)\n",
             "require 'strike' 'migrating'\n");
  app.commit("a migration that is struck");
  app.kill_in_the_middle({"!maintenance:on kill-before", "!maintenance:on kill-after",
                          "!pg:backups:capture kill-before", "!pg:backups:capture kill-after", "migrating",
                          "!releases kill-after", "!maintenance:off kill-before", "!maintenance:off kill-after",
                          "!logs kill-before"});
  expect_done();
}

TEST_F(HerokuSchemaRollout, FailedAtEveryStepItRevertsToWhatWasThere) {
  for (const std::string& point : points({"end"})) {
    SCOPED_TRACE(point);
    app.strike(point, true);
    const Outcome outcome = app.run({"--on-failure", "revert"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_TRUE(contains(outcome.err, "what was done was taken back"));
    expect_as_before();
    const std::string release = app.heroku()["releases"][0]["description"];
    EXPECT_TRUE(release == "Deploy 1a2b3c4d" || release == "Rollback to v41") << release;
    app.calm();
    app.undo_deploy();
  }
}

TEST_F(HerokuSchemaRollout, KilledAndRevertedItIsAsItWas) {
  for (const char* point : {"2.2 end", "4.1 end", "5.1 end", "6.4 end"}) {
    SCOPED_TRACE(point);
    app.strike(point);
    ASSERT_TRUE(is_killed(app.run()));
    EXPECT_TRUE(exits(app.run({"--revert", "last"}), 0));
    expect_as_before();
    app.undo_deploy();
  }
}

TEST_F(HerokuSchemaRollout, ByRestoringTheBackupItRevertsToo) {
  app.strike("4.2 end", true);
  const Outcome outcome = app.run({"--set", "rollback=restore", "--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_EQ(app.calls("pg:backups:restore"), 1);
  expect_as_before();
}

TEST_F(HerokuSchemaRollout, StoppedItIsNotInMaintenanceAndGoesOnWithWhatWasWrittenMeanwhile) {
  for (const char* point : {"3.2 end", "4.1 end", "4.2 begin"}) {
    SCOPED_TRACE(point);
    app.strike(point, true);
    const Args how = app.calls("maintenance:on") > 0 ? Args{"--resume"} : Args{};
    EXPECT_TRUE(exits(app.run(how), 1));
    expect_open();
    app.project().value("UPDATE users SET phone = phone || '1' WHERE id = 1");
  }
  app.calm();
  EXPECT_TRUE(exits(app.run({"--resume"}), 0));
  expect_done();
}

TEST_F(HerokuSchemaRollout, RowsThatTheMigrationsBendStopItUntilItIsReverted) {
  app.insert("migrations/20250906200500_assign_roles_and_shares.lua", "up = function(db)\n",
             "db:execute \"UPDATE payments SET amount = amount + 1 WHERE id = 1\"\n");
  app.commit("a migration that does more than it says");
  const Outcome outcome = app.run();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "what was there before is not as it was: payments ("));
  EXPECT_TRUE(contains(app.run({"--resume"}).err, "revert the run"));
  EXPECT_TRUE(
      contains(app.run({"--revert", "last", "--set", "rollback=restore"}).err, "what was written since to payments"));
  EXPECT_TRUE(exits(app.run({"--revert", "last", "--set", "rollback=restore", "--set", "discard=yes"}), 0));
  expect_as_before();
}

TEST_F(HerokuSchemaRollout, NewCodeThatIsNotWellIsRevertedWithItsSchema) {
  app.set_state("broken.next", "/api/payments 500\n");
  const Outcome outcome = app.run({"--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "/api/payments answers 500"));
  expect_as_before();
  EXPECT_EQ(app.heroku()["releases"][0]["description"], "Rollback to v41");
}

TEST_F(HerokuSchemaRollout, ARowTooManyInTheLogOfTheOpenApplicationStopsIt) {
  app.set_state("log.txt.next",
                "2099-01-01T00:00:00.000000+00:00 heroku[router]: at=error code=H10 desc=\"App crashed\"\n");
  const Outcome outcome = app.run();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "code=H10"));
}

TEST_F(HerokuSchemaRollout, ARevertLosesNoRowThatNobodyGaveUp) {
  EXPECT_TRUE(exits(app.run(), 0));
  app.project().value(
      "INSERT INTO etherfuse_customers (user_id, etherfuse_customer_id) SELECT min(id), 'e1' FROM users");
  app.project().value("INSERT INTO users (email, full_name) VALUES ('late@real.test', 'Late')");
  const Outcome refused = app.run({"--revert", "last"});
  EXPECT_TRUE(exits(refused, 4));
  EXPECT_TRUE(contains(refused.err, "1 rows of etherfuse_customers"));
  EXPECT_EQ(tables(), 26);
  EXPECT_FALSE(app.in_maintenance());
  EXPECT_TRUE(exits(app.run({"--revert", "last", "--set", "discard=yes"}), 0));
  EXPECT_EQ(tables(), 17);
  EXPECT_EQ(app.project().value("SELECT count(*) FROM users WHERE email = 'late@real.test'"), "1");
  expect_open();
}

TEST_F(HerokuSchemaRollout, PreflightSeesThatHerokuIsNotReady) {
  app.change_app(R"({"access": ["bob@kustodia.test"], "crashed": ["worker.2"]})");
  app.set_state("maintenance", "");
  app.set_state("version", "heroku/7.68.0 linux-x64 node-v14\n");
  expect_refused({"heroku >= 8 is installed: it is 7.68.0"});
  app.no_state("version");
  expect_refused({"the account may work on kustodia: ann@kustodia.test is not among those",
                  "kustodia is not in maintenance mode", "every dyno of kustodia is up: worker.2 is crashed",
                  "/api/health answers 200: it answers 503"});
  app.change_app(R"({"account": ""})");
  expect_refused({"heroku knows who is logged in: `heroku auth:whoami` exited with code 100"});
  expect_refused({"heroku >= 8 is installed: there is no heroku on the PATH"}, {}, {{"PATH", "/usr/bin:/bin"}});
}

TEST_F(HerokuSchemaRollout, PreflightSeesThatTheDatabaseIsNotTheOneExpected) {
  app.project().value("CREATE TABLE yield_payouts (id integer)");
  app.project().value("ALTER TABLE escrows ADD COLUMN release_tx_hash text");
  app.project().value("ALTER DATABASE " + app.database() + " CONNECTION LIMIT 3");
  app.project().remove("migrations/20250906200500_assign_roles_and_shares.lua");
  app.commit("one migration less");
  app.change_app(R"({"database_url": ")" + shared_cluster().url("postgres") + "\"}");
  Process blocking({{shared_cluster().bin_directory() + "/psql", "-Xq", "-d", app.project().url()},
                    {},
                    "",
                    "BEGIN; SELECT count(*) FROM users; \\echo open\nSELECT pg_sleep(30);\n"});
  ASSERT_TRUE(blocking.wait_for("open"));
  expect_refused({"table yield_payouts is not there yet: it exists already",
                  "escrows has no column release_tx_hash yet: it was added by hand",
                  "there are 17 tables: there are 18", "4 connections are free", "6 migrations are pending: 5 are",
                  "this is the database of kustodia", "no transaction is open for longer than 0.01s"},
                 {"--set", "longest_transaction=10ms"});
}

TEST_F(HerokuSchemaRollout, PreflightSeesWhatTheRoleMayNot) {
  const std::string clerk = "clerk_of_" + app.database();
  app.project().value("CREATE ROLE " + clerk + " LOGIN IN ROLE pg_read_all_data");
  app.project().value("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  app.connect_as(clerk);
  expect_refused({"the role may OWNER on users", "the role may CREATE", "the backup can be proven by restoring it"});
  app.project().value("DROP ROLE " + clerk);
}

TEST_F(HerokuSchemaRollout, PreflightSeesThatTheCodeCannotBeDeployed) {
  app.project().write("scratch.txt", "not committed");
  expect_refused({"the git tree is clean: it has changes: ?? scratch.txt"});
  app.commit("something else");
  expect_refused({"the git tree is clean: it is on branch main"}, {"--set", "branch=release"});
  app.deploy_from_elsewhere();
  expect_refused({"git can reach the remote heroku", "a push would have to be forced"});
}

TEST_F(HerokuSchemaRollout, PreflightSeesThatProductionDrifted) {
  HerokuApp local("heroku_schema_rollout", "migrations", "kustodia");
  shared_cluster().copy_database(kTemplate, local.database());
  EXPECT_TRUE(exits(local.tide({"up"}), 0));
  app.project().value("ALTER TABLE users ALTER COLUMN full_name DROP NOT NULL");
  expect_refused({"production differs from the reference by what is pending only", "column full_name"},
                 {"--set", "reference=" + local.project().url()});
  app.project().value("ALTER TABLE users ALTER COLUMN full_name SET NOT NULL");
  const Outcome outcome = app.run({"--set", "reference=" + local.project().url()});
  EXPECT_TRUE(exits(outcome, 0));
  expect_done();
}

}  // namespace
}  // namespace tide::test
