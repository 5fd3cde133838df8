// scripts/prisma_deploy.lua and scripts/prisma_restore.lua, from the first step to the last, killed, failed, reverted
// and refused. The application runs under pm2 on another machine, which is a folder of the stand-in for ssh.

#include "runbooks/deployed_app.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr const char* kSession = "session-token-0123456789";
constexpr const char* kAdmin = "admin-token-0123456789";
constexpr const char* kApplied =
    "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL";

// Without the steps that only ask a person, and on this machine.
const Args kQuick = {"--skip-tags", "checklist", "--set", "server=", "--set", "directory=.standins/remote/backend"};
const Args kResume = {"--resume", "--skip-tags", "checklist"};

class RunbookPrismaTest : public SharedApp<DeployedApp> {
 protected:
  static void SetUpTestSuite() {
    const std::vector<std::string> runbooks = {"prisma_deploy", "prisma_restore"};
    shared_ = std::make_unique<DeployedApp>("prisma_deploy", runbooks, "004.sql");
  }
  void SetUp() override {
    reset();
    before = state();
  }

  static void reset() {
    app().reset();
    app().set_state("paths",
                    "/api/health /api/auth/validate-session /api/admin/verification/requests /v2/apps/a1/rollback");
    app().set_state("tokens", std::string("/api/auth/validate-session ") + kSession +
                                  "\n/api/admin/verification/requests " + kAdmin + "\n");
    for (const char* where : {"pm2.json", "remote/.standins/pm2.json"}) {
      app().stand_in(where,
                     R"([{"name": "backend", "status": "online", "logs": ["Error: of yesterday", "listening"]}])");
    }
    app().stand_in("remote/backend/.env",
                   "DATABASE_URL=postgres://secret\nSPACES_KEY=k\nSPACES_SECRET=sp-secret\nSPACES_BUCKET=b\n"
                   "PAYSTACK_SECRET_KEY=sk_live_0123\nEMPTY=\n");
    app().stand_in("remote/backend/package-lock.json", "{}");
    app().project().write("node_modules/.bin/prisma", "");
    app().environment({{"DATABASE_URL", app().project().url()},
                       {"SHADOW_DATABASE_URL", app().scratch_url()},
                       {"SESSION_TOKEN", kSession},
                       {"ADMIN_TOKEN", kAdmin},
                       {"APP_URL", app().url()}});
    app().inputs({"server=deploy@app", "directory=backend", "approved_by=Ada", "within=5s"});
  }
  static Outcome deploy(Args more = {}, const Env& env = {}) {
    more.insert(more.begin(), {"--set", "watch=100ms", "--set", "watch_every=50ms"});
    return app().run("prisma_deploy", std::move(more), env);
  }
  // Of these kinds, that a whole run passes.
  static std::vector<std::string> points(const std::vector<std::string>& kinds) {
    const Outcome whole = deploy(kQuick);
    EXPECT_TRUE(exits(whole, 0));
    reset();
    return points_of(whole, kinds);
  }
  static std::string state() {
    return app().database_state("_prisma_migrations",
                                "migration_name, checksum, finished_at IS NULL, rolled_back_at IS NULL");
  }
  static std::string deployed() {
    return app().git({"rev-parse", "HEAD"}, app().project().path(".standins/remote/backend"));
  }
  static std::string head() { return app().git({"rev-parse", "HEAD"}); }

  static void expect_done() {
    EXPECT_EQ(app().sql(kApplied), "31");
    EXPECT_EQ(
        app().sql("SELECT count(*) FROM _prisma_migrations WHERE applied_steps_count = 0 AND rolled_back_at IS NULL"),
        "3");
    EXPECT_EQ(
        app().sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND (tablename LIKE 'verification\\_%' "
                  "OR tablename = 'provider_logs')"),
        "4");
    EXPECT_EQ(app().sql("SELECT count(*) FROM payments"), "1000");
    EXPECT_EQ(deployed(), head());
  }
  void expect_as_before() {
    EXPECT_EQ(state(), before);
    EXPECT_EQ(deployed(), app().git({"rev-parse", "HEAD~1"}));
    EXPECT_TRUE(contains(app().project().read(".standins/remote/.standins/pm2.json"), "online"));
  }
  void expect_refused(const std::vector<std::string>& parts, const Args& more = {}, const Env& env = {}) {
    test::expect_refused(deploy(more, env), parts);
    EXPECT_EQ(app().calls("pm2 restart"), 0);
    EXPECT_EQ(app().calls("npx --no -- prisma migrate deploy"), 0);
    EXPECT_FALSE(app().project().has("backups"));
  }

  std::string before;
};

TEST_F(RunbookPrismaTest, AppliesTwentyFourAndMarksThreeAndRestartsAndShowsNoSecret) {
  const Outcome outcome = deploy({"-v"});
  ASSERT_TRUE(exits(outcome, 0));
  expect_done();
  EXPECT_EQ(app().calls("pm2 restart backend"), 1);
  const std::string report = app().tide({"report", "last"}).out;
  for (const char* part :
       {"does what 20251204175644_consolidate_verification_service does", "is there already", "Ada"}) {
    EXPECT_TRUE(contains(report, part));
  }
  EXPECT_TRUE(exits(app().tide({"report", "last", "--verify"}), 0));
  const std::string kept = app().project().path(".tide");
  EXPECT_EQ(run({{"grep", "-rlE", "token-0123456789|sp-secret|sk_live_0123", kept}}).out, "");
  for (const char* secret : {kSession, kAdmin, "sp-secret", "sk_live_0123"}) {
    EXPECT_TRUE(lacks(outcome.all() + report, secret));
  }
  EXPECT_EQ(shared_cluster().value("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_%'"), "0");
}

TEST_F(RunbookPrismaTest, ADryRunWalksItAndChangesNothing) {
  const Outcome outcome = deploy({"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "Restart the application"));
  EXPECT_EQ(app().calls("pm2 restart"), 0);
  EXPECT_FALSE(app().project().has("backups"));
  expect_as_before();
}

TEST_F(RunbookPrismaTest, KilledAtEveryBoundaryAndResumedItEndsAsIfNothingHadBeen) {
  app().kill_at_each(points({"when", "end", "held"}),
                     [](const Args& how) { return deploy(how.empty() ? kQuick : kResume); });
  expect_done();
  EXPECT_EQ(parse_json(app().tide({"backup", "list", "--json"}).out)["backups"].size(), 1u);
}

TEST_F(RunbookPrismaTest, KilledInTheMiddleOfTheDeploymentItKnowsWhatHappened) {
  const auto arm = [](const std::string& point) {
    if (point == "4.3 when") return app().strike(point);
    app().stand_in("trouble", point);
  };
  app().kill_at_each(
      {"4.3 when", "kill-before 20250901100000_add_kyc_fields", "kill-after 20250922100000_add_payment_provider",
       "kill-after 20251204175644_consolidate_verification_service"},
      [](const Args& how) { return deploy(how); }, arm);
  EXPECT_EQ(app().sql("SELECT count(DISTINCT migration_name) FROM _prisma_migrations WHERE finished_at IS NOT NULL AND "
                      "rolled_back_at IS NULL"),
            "31");
  EXPECT_EQ(deployed(), head());
}

TEST_F(RunbookPrismaTest, FailedAtEveryStepItRevertsToWhatWasThere) {
  for (const std::string& point : points({"end"})) {
    SCOPED_TRACE(point);
    app().strike(point, true);
    const std::string skipped = point < "4" ? "checklist" : "checklist,backup,rehearsal";
    Args args = with(kQuick, {"--on-failure", "revert"});
    args[1] = skipped;
    const Outcome outcome = deploy(args);
    EXPECT_TRUE(exits(outcome, 1));
    expect_as_before();
    app().calm();
    ASSERT_FALSE(HasFailure());
  }
}

TEST_F(RunbookPrismaTest, AMigrationThatFailsInProductionIsTakenBackWithTheOthers) {
  app().strike("4.3 when");
  ASSERT_TRUE(is_killed(deploy()));
  app().stand_in("trouble", "fail 20251103091500_add_feature_flags");
  const Outcome outcome = deploy({"--resume", "--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "P3018"));
  expect_as_before();
}

TEST_F(RunbookPrismaTest, AnApplicationThatIsNotWellIsTakenBackWithItsSchema) {
  app().set_state("broken", "/api/admin/verification/requests 500\n");
  const Outcome outcome = deploy({"--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "/api/admin/verification/requests answers 500"));
  EXPECT_EQ(app().calls("pm2 restart backend"), 2);
  expect_as_before();
}

TEST_F(RunbookPrismaTest, ARevertLosesNoRowThatNobodyGaveUp) {
  ASSERT_TRUE(exits(deploy(), 0));
  app().sql("INSERT INTO notifications (id, user_id, subject) VALUES ('n1', 'u1', 'Hello')");
  app().sql("UPDATE customers SET kyc_status = 'verified' WHERE id = 'c1'");
  const Outcome refused = deploy({"--revert", "last"});
  EXPECT_TRUE(exits(refused, 4));
  EXPECT_TRUE(contains(refused.err, "1 rows of public.notifications, 1 values of kyc_status in public.customers"));
  EXPECT_EQ(app().sql(kApplied), "31");
  EXPECT_TRUE(exits(deploy({"--revert", "last", "--set", "discard=yes"}), 0));
  expect_as_before();
}

TEST_F(RunbookPrismaTest, TheSecondWayBackRestoresTheBackupWithTheApplicationStopped) {
  ASSERT_TRUE(exits(deploy(), 0));
  app().sql("INSERT INTO notifications (id, user_id, subject) VALUES ('n1', 'u1', 'Hello')");
  const std::string label = parse_json(app().tide({"backup", "list", "--json"}).out)["backups"][0]["label"];
  app().strike("1.2 end");
  const Args args = {"--set", "backup=" + label, "--set", "commit=" + app().git({"rev-parse", "HEAD~1"})};
  ASSERT_TRUE(is_killed(app().run("prisma_restore", args)));
  Args resumed = args;
  resumed.push_back("--resume");
  app().strike("2.2 end");
  ASSERT_TRUE(is_killed(app().run("prisma_restore", resumed)));
  EXPECT_TRUE(contains(app().project().read(".standins/remote/.standins/pm2.json"), "stopped"));
  ASSERT_TRUE(exits(app().run("prisma_restore", resumed), 0));
  expect_as_before();
  for (const std::string& kept : {app().sql("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE '" +
                                            app().database() + "\\_before\\_%'")}) {
    EXPECT_NE(kept, "");
    EXPECT_EQ(kept.find(' '), std::string::npos) << "restored once: " << kept;
    shared_cluster().drop_database(kept);
  }
}

TEST_F(RunbookPrismaTest, OnAppPlatformItDeploysAndGoesBackToTheEarlierDeployment) {
  app().stand_in("doctl.json", R"({"account": "ann@app.test", "apps": {"a1": {"spec": {"services": [{"name": "api"}]},
    "deployments": [{"id": "dep-1", "phase": "ACTIVE"}], "logs": []}}})");
  const Args platform = {
      "--set", "platform=app_platform",  "--set", "process=a1", "--set", "server=", "--set", "api=" + app().url(),
      "--set", "api_token=do-0123456789"};
  ASSERT_TRUE(exits(deploy(platform), 0));
  EXPECT_EQ(app().calls("doctl apps create-deployment a1 --wait"), 1);
  EXPECT_EQ(app().sql(kApplied), "31");
  Args revert = platform;
  revert.insert(revert.end(), {"--revert", "last"});
  EXPECT_TRUE(exits(deploy(revert), 0));
  EXPECT_TRUE(contains(app().state("requests.log"), "POST /v2/apps/a1/rollback"));
  EXPECT_EQ(state(), before);
}

TEST_F(RunbookPrismaTest, PreflightSeesWhatIsWrongWithTheMigrations) {
  const std::string folder = "prisma/migrations/";
  app().project().write(folder + "20251206000000_drop/migration.sql", "ALTER TABLE documents DROP COLUMN url;");
  app().project().write(folder + "20251206000001_narrow/migration.sql",
                        "ALTER TABLE documents ADD COLUMN size int NOT NULL;");
  app().project().write(folder + "20251206000001_retype/migration.sql",
                        "ALTER TABLE documents ALTER COLUMN kind TYPE varchar(8);");
  app().project().write(folder + "20251206000002_empty/README.md", "nothing");
  app().project().write(folder + "20251206000003_wrong/migration.sql", "ALTER TABLE nowhere ADD COLUMN x int;");
  app().project().remove(folder + "20251020113000_index_leases/down.sql");
  const std::string first = folder + "20250310091500_init/migration.sql";
  app().project().write(first, app().project().read(first) + "-- edited\n");
  app().commit_and_push("mistakes");
  expect_refused(
      {"20251206000000_drop is not additive: column url of public.documents is gone",
       "20251206000001_narrow is not additive: column size of public.documents takes no NULL and has no default",
       "20251206000002_empty has no migration.sql", "20251206000003_wrong cannot be applied",
       "20251020113000_index_leases/down.sql is missing", "20250310091500_init was edited after it was applied"});
}

TEST_F(RunbookPrismaTest, PreflightSeesWhatIsWrongWithTheDatabase) {
  app().sql("ALTER TABLE audit_logs ALTER COLUMN action DROP NOT NULL");
  app().sql("CREATE TYPE \"DocumentStatus\" AS ENUM ('uploaded', 'accepted', 'rejected')");
  app().sql("DROP INDEX payments_reference_key");
  app().sql(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('f', 'x', "
      "'20250901100000_add_kyc_fields')");
  app().sql(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('g', 'x', '2024_gone', "
      "now())");
  Process blocking(
      {{shared_cluster().bin_directory() + "/psql", "-Xq", "-d", app().project().url()},
       {},
       "",
       "SELECT pg_advisory_lock(72707369);BEGIN; SELECT count(*) FROM users; \\echo open\nSELECT pg_sleep(60);\n"});
  ASSERT_TRUE(blocking.wait_for("open"));
  expect_refused({"20250915160000_add_audit_logs meets something else that has its name",
                  "20251006130000_add_document_status is there in part: 1 of 2", "drift: ", "payments_reference_key",
                  "20250901100000_add_kyc_fields has failed earlier", "2024_gone was applied, and is not in the folder",
                  "nobody else migrates", "no transaction is open for longer than 0.01s"},
                 {"--set", "longest_transaction=10ms"});
}

TEST_F(RunbookPrismaTest, PreflightSeesWhatIsWrongWithTheMachines) {
  app().project().write("scratch.txt", "not committed");
  app().stand_in("remote/backend/prisma/schema.prisma", "edited");
  app().stand_in("remote/backend/.env", "DATABASE_URL=x\n");
  app().stand_in("remote/.standins/pm2.json", R"([{"name": "backend", "status": "errored"}])");
  app().project().remove("node_modules/.bin/prisma");
  app().set_state("broken", "/api/health 500\n");
  expect_refused({"the git tree is clean: it has changes: ?? scratch.txt", "prisma >= 4.3 is installed in this folder",
                  "the application runs: backend 0: errored", "/api/health", "the session token is accepted",
                  "the admin token is accepted"},
                 {}, {{"SESSION_TOKEN", "another-0123"}, {"ADMIN_TOKEN", "another-4567"}});
  app().project().remove("scratch.txt");
  expect_refused(
      {"nothing was edited on the server", "SPACES_KEY, SPACES_SECRET, SPACES_BUCKET, PAYSTACK_SECRET_KEY not set"});
  expect_refused({"scratch_url leads to an empty database", "it is production"}, {},
                 {{"SHADOW_DATABASE_URL", app().project().url()}});
  expect_refused({"DATABASE_URL and the environment mean the same database"},
                 {"--set", "database_url=" + app().scratch_url()});
  expect_refused({"26 migrations are pending: 27 are"}, {"--set", "expect=26"});
}

}  // namespace
}  // namespace tide::test
