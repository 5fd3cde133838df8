// scripts/app_platform_*.lua, from a developer's SQLite file to production's PostgreSQL, killed, failed, reverted and
// refused; the emergency downgrade and the recovery of data.

#include "runbooks/deployed_app.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr const char* kApp = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
constexpr const char* kDoctl = R"({"account": "ann@app.test", "apps": {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": {
  "spec": {"name": "ledger", "services": [{"name": "api", "instance_count": 2, "health_check": {"http_path": "/health"},
    "github": {"repo": "ledger/api", "branch": "main"}}]},
  "deployments": [{"id": "dep-1", "phase": "ACTIVE"}], "logs": ["started"]}}})";
const Args kQuick = {"--skip-tags", "checklist"};

class RunbookAppPlatformTest : public SharedApp<DeployedApp> {
 protected:
  static void SetUpTestSuite() {
    const std::vector<std::string> runbooks = {"app_platform_release", "app_platform_downgrade",
                                               "app_platform_recovery", "app_platform_check"};
    shared_ = std::make_unique<DeployedApp>("app_platform_release", runbooks, "");
    staging_ = "ledger_staging_" + shared_->database();
    shared_cluster().create_database(staging_);
    reset();
    open_gates();
    EXPECT_TRUE(exits(app().tide({"up", "004_groups_tables"}), 0));
    app().seed("002.sql");
    app().keep_database();
    reset();
    EXPECT_TRUE(exits(app().tide({"-e", "staging", "up"}), 0));
  }
  static void TearDownTestSuite() {
    shared_cluster().drop_database(staging_);
    SharedApp::TearDownTestSuite();
  }
  void SetUp() override {
    reset();
    before = app().database_state();
  }

  // The database as production had it before there were gates.
  static void open_gates() {
    std::string settings = app().project().read("tide.toml");
    settings.erase(settings.find("gates "), settings.find('\n', settings.find("gates ")) - settings.find("gates "));
    app().project().write("tide.toml", settings);
  }
  static void reset() {
    app().reset();
    app().set_state("paths", std::string("/health /v2/apps/") + kApp + "/rollback");
    app().stand_in("doctl.json", kDoctl);
    app().environment({{"TIDE_ENV", "production"},
                       {"PRODUCTION_DATABASE_URL", app().project().url()},
                       {"STAGING_DATABASE_URL", shared_cluster().url(staging_)},
                       {"APP_ID", kApp},
                       {"APP_URL", app().url()},
                       {"DIGITALOCEAN_ACCESS_TOKEN", "do-token-0123456789"}});
    app().inputs({"api=" + app().url(), "approved_by=Bob", "within=5s"});
  }
  static Outcome release(Args more = {}) {
    return app().run("app_platform_release", with({"--set", "watch=100ms", "--set", "watch_every=50ms"}, more));
  }
  // Of these kinds, that a whole run passes.
  static std::vector<std::string> points(const std::vector<std::string>& kinds) {
    const Outcome whole = release(kQuick);
    EXPECT_TRUE(exits(whole, 0));
    reset();
    return points_of(whole, kinds);
  }
  static Json doctl() { return parse_json(app().project().read(".standins/doctl.json"))["apps"][kApp]; }
  static std::string version() { return parse_json(app().tide({"status", "--json"}).out)["current"]; }

  void expect_done() {
    EXPECT_EQ(version(), "006");
    EXPECT_EQ(doctl()["code"], "new");
    EXPECT_EQ(app().sql("SELECT count(*) FROM transactions"), "4000");
    EXPECT_EQ(app().sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    EXPECT_FALSE(app().in_maintenance());
  }
  void expect_as_before() {
    EXPECT_EQ(app().database_state(), before);
    EXPECT_FALSE(app().in_maintenance());
    EXPECT_TRUE(!doctl().contains("code") || doctl()["code"] == "old") << doctl().dump();
  }
  void expect_refused(const std::vector<std::string>& parts, const Args& more = {}) {
    test::expect_refused(release(more), parts);
    EXPECT_EQ(app().calls("doctl apps update"), 0);
    EXPECT_EQ(version(), "004");
    EXPECT_FALSE(app().project().has("backups"));
  }

  std::string before;
  inline static std::string staging_;
};

TEST_F(RunbookAppPlatformTest, OnADevelopersFileMigrationsGoUpAndDownAndUp) {
  const Outcome outcome = app().run("app_platform_check", {"-e", "dev"});
  ASSERT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(app().project().read("erd.mmd"), "user_sessions"));
  EXPECT_TRUE(exits(app().tide({"-e", "dev", "drift"}), 0));
  app().project().write(
      "migrations/007_one_way.lua",
      "return { up = function(db) db:execute 'CREATE TABLE odd (n integer)' end, down = function() end }");
  const Outcome refused = app().run("app_platform_check", {"-e", "dev"});
  EXPECT_NE(refused.code, 0);
  EXPECT_TRUE(contains(refused.err, "`tide rehearse` ended with 4"));
  EXPECT_TRUE(exits(app().run("app_platform_check", {"-e", "production"}), 6));
}

TEST_F(RunbookAppPlatformTest, ReleasesToProductionWhatStagingHas) {
  const Outcome outcome = release();
  ASSERT_TRUE(exits(outcome, 0));
  expect_done();
  const std::string report = app().tide({"report", "last"}).out;
  for (const char* part : {"Bob", "what will be sent", "rehearsal"}) EXPECT_TRUE(contains(report, part));
  EXPECT_TRUE(lacks(outcome.all() + report, "do-token"));
  EXPECT_EQ(doctl()["spec"]["services"][0]["instance_count"], 2);
}

TEST_F(RunbookAppPlatformTest, ReleasesToStagingWithoutPeopleAndGates) {
  const std::string other = staging_ + "_two";
  const std::string url = shared_cluster().create_database(other);
  const Outcome outcome =
      app().run("app_platform_release", {"-e", "staging", "--set", "watch=100ms", "--set", "watch_every=50ms"},
                {{"STAGING_DATABASE_URL", url}});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(shared_cluster().value(other, "SELECT count(*) FROM tide.migrations WHERE state = 'applied'"), "6");
  shared_cluster().drop_database(other);
}

TEST_F(RunbookAppPlatformTest, ADryRunWalksItAndChangesNothing) {
  const Outcome outcome = release({"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "Maintenance off"));
  EXPECT_FALSE(app().project().has("backups"));
  expect_as_before();
}

TEST_F(RunbookAppPlatformTest, KilledAtEveryBoundaryAndResumedItEndsAsIfNothingHadBeen) {
  app().kill_at_each(points({"when", "end", "held"}), [](const Args& how) { return release(with(kQuick, how)); });
  expect_done();
  EXPECT_EQ(parse_json(app().tide({"backup", "list", "--json"}).out)["backups"].size(), 1u);
}

TEST_F(RunbookAppPlatformTest, KilledInTheMiddleOfAMigrationItGoesOn) {
  app().insert("migrations/005_auth_tables.lua", "indexes = { { \"user_id\" } },\n    })\n",
               "    s:reversible { up = function() require \"strike\" \"migrating\" end, down = function() end }\n");
  app().commit_and_push("a migration that is struck");
  app().strike("migrating");
  ASSERT_TRUE(is_killed(release(with(kQuick, {"--set", "staging="}))));
  EXPECT_TRUE(exits(release(with(kQuick, {"--resume"})), 0));
  expect_done();
}

TEST_F(RunbookAppPlatformTest, FailedAtEveryStepItRevertsToWhatWasThere) {
  for (const std::string& point : points({"end"})) {
    SCOPED_TRACE(point);
    app().strike(point, true);
    EXPECT_TRUE(exits(release(with(kQuick, {"--on-failure", "revert"})), 1));
    expect_as_before();
    app().calm();
    ASSERT_FALSE(HasFailure());
  }
}

TEST_F(RunbookAppPlatformTest, AnApplicationThatIsNotWellIsTakenBackWithItsSchema) {
  app().strike("5.1 when", true);
  EXPECT_TRUE(exits(release(kQuick), 1));
  EXPECT_FALSE(app().in_maintenance());
  app().calm();
  app().set_state("broken", "/health 500\n");
  EXPECT_TRUE(exits(release(with(kQuick, {"--resume", "--on-failure", "revert", "--set", "within=500ms"})), 4));
  expect_as_before();
}

TEST_F(RunbookAppPlatformTest, TheEmergencyDowngradeGoesBackToAVersionByItsName) {
  ASSERT_TRUE(exits(release(kQuick), 0));
  const std::string released = app().database_state();
  const Args to = {"--set", "to=004_groups_tables", "--set", "deployment=dep-1"};
  app().strike("2.3 end", true);
  EXPECT_TRUE(exits(app().run("app_platform_downgrade", with(to, {"--on-failure", "revert"})), 1));
  EXPECT_EQ(version(), "006");
  EXPECT_EQ(app().database_state(), released);
  app().calm();
  app().strike("2.1 end");
  ASSERT_TRUE(is_killed(app().run("app_platform_downgrade", to)));
  ASSERT_TRUE(exits(app().run("app_platform_downgrade", with(to, {"--resume"})), 0));
  EXPECT_EQ(version(), "004");
  EXPECT_EQ(app().sql("SELECT count(*) FROM transactions"), "4000");
  EXPECT_EQ(app().database_state(), before);
  expect_as_before();
  EXPECT_TRUE(
      contains(app().run("app_platform_downgrade", to).err, "004_groups_tables is applied, and is not the last"));
}

TEST_F(RunbookAppPlatformTest, TheRecoveryRestoresABackupWithNoInstanceRunning) {
  ASSERT_TRUE(exits(app().tide({"backup", "create", "nightly"}), 0));
  ASSERT_TRUE(exits(release(kQuick), 0));
  app().sql("DELETE FROM transactions");
  const Args args = {"--set", "backup=nightly", "--set", "to=005_auth_tables"};
  app().strike("1.2 end");
  ASSERT_TRUE(is_killed(app().run("app_platform_recovery", args)));
  EXPECT_TRUE(app().in_maintenance());
  app().strike("2.2 end");
  ASSERT_TRUE(is_killed(app().run("app_platform_recovery", with(args, {"--resume"}))));
  EXPECT_EQ(doctl()["spec"]["maintenance"]["archive"], true);
  ASSERT_TRUE(exits(app().run("app_platform_recovery", with(args, {"--resume"})), 0));
  EXPECT_EQ(version(), "005");
  EXPECT_EQ(app().sql("SELECT count(*) FROM transactions"), "4000");
  EXPECT_EQ(doctl()["spec"]["maintenance"]["archive"], false);
  EXPECT_FALSE(app().in_maintenance());
  const std::string kept = app().sql("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE '" +
                                     app().database() + "\\_before\\_%'");
  EXPECT_EQ(kept.find(' '), std::string::npos) << "restored once: " << kept;
  shared_cluster().drop_database(kept);
}

TEST_F(RunbookAppPlatformTest, PreflightSeesWhatIsNotReady) {
  app().project().write("app/main.py",
                        "from db import create_tables\n# create_tables() was here\ncreate_tables(engine)\n");
  const std::string migration = "migrations/005_auth_tables.lua";
  app().project().write(migration, app().project().read(migration) + "-- edited behind staging's back\n");
  Json state = parse_json(kDoctl);
  state["apps"][kApp]["spec"]["services"][0]["github"]["deploy_on_push"] = true;
  state["apps"][kApp]["deployments"][0]["phase"] = "ERROR";
  app().stand_in("doctl.json", state.dump());
  app().set_state("broken", "/health 500\n");
  expect_refused({"app/main.py makes no tables when the application starts: line 3: create_tables(engine)",
                  "staging has everything that is pending here, from the same files: 005 auth_tables",
                  "the git tree is clean", "api has deploy_on_push", "deployment dep-1 is ERROR",
                  "/health answers 200"});
  app().stand_in("doctl.json", R"({"account": ""})");
  expect_refused({"doctl works as somebody, who sees the app", "another_database"},
                 {"--set", "database=another_database$"});
}

TEST_F(RunbookAppPlatformTest, PreflightSeesMaintenanceAndAServiceWithoutHealthCheck) {
  Json state = parse_json(kDoctl);
  state["apps"][kApp]["spec"]["services"][0].erase("health_check");
  app().stand_in("doctl.json", state.dump());
  expect_refused({"api has no health_check"});
  state["apps"][kApp]["spec"]["maintenance"]["enabled"] = true;
  app().stand_in("doctl.json", state.dump());
  expect_refused({"it is in maintenance mode already"});
}

TEST_F(RunbookAppPlatformTest, AMigrationThatIsDangerousStopsBeforeAnythingIsClosed) {
  app().project().write(
      "migrations/007_danger.lua",
      "return { up = function(db) db:execute 'ALTER TABLE users DROP COLUMN name' end, down = irreversible "
      "'gone' }");
  app().commit_and_push("danger");
  const Outcome outcome = release(with(kQuick, {"--set", "staging="}));
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "no migration is dangerous: migrations/007_danger.lua:1 drop-column"));
  EXPECT_EQ(app().calls("doctl apps update"), 0);
  EXPECT_EQ(app().database_state(), before);
}

}  // namespace
}  // namespace tide::test
